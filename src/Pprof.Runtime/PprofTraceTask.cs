namespace Pprof;

/// <summary>An operation of <see cref="PprofTrace.Task"/>: ends when it is disposed.</summary>
public readonly struct PprofTraceTask : IDisposable
{
    private readonly long _number;
    private readonly long _outer;

    internal PprofTraceTask(long number, long outer) => (_number, _outer) = (number, outer);

    /// <summary>Ends the operation. Does nothing where no trace was under way when it began.</summary>
    public void Dispose()
    {
        if (_number != 0)
        {
            PprofTrace.EndTask(_number, _outer);
        }
    }
}

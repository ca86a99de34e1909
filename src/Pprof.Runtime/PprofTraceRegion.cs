namespace Pprof;

/// <summary>A region of <see cref="PprofTrace.Region"/>: ends when it is disposed.</summary>
public readonly struct PprofTraceRegion : IDisposable
{
    private readonly string? _name;

    internal PprofTraceRegion(string name) => _name = name;

    /// <summary>Ends the region. Does nothing where no trace was under way when it began.</summary>
    public void Dispose()
    {
        if (_name is not null)
        {
            PprofTrace.EndRegion(_name);
        }
    }
}

using Pprof.Process;

namespace Pprof.Sources.CpuTime;

/// <summary>
/// The life of one sampling that a thread of its own carries out, from its start to its end. What it watches, and how, is
/// that of who derives from it.
/// </summary>
internal abstract class OwnThreadSampling : CpuSampling
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<CpuCoverage> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public override Task Started => _started.Task;

    /// <summary>Set when it is to end.</summary>
    protected ManualResetEventSlim Stop { get; } = new();

    /// <inheritdoc/>
    public override Task<CpuCoverage> StopAsync()
    {
        Stop.Set();
        return _result.Task;
    }

    /// <summary>Starts the thread.</summary>
    /// <exception cref="OutOfMemoryException">The process can have no more.</exception>
    /// <exception cref="ThreadStartException">The process can have no more.</exception>
    protected void StartThread(int stackSize = OwnThreads.StackSize) => OwnThreads.Start("pprof CPU", Run, stackSize);

    /// <summary>Samples until <see cref="Stop"/> is set. Everything has been given back when it returns or throws.</summary>
    protected abstract CpuCoverage Sample();

    /// <summary>Called when threads are sampled.</summary>
    protected void SetStarted() => _started.TrySetResult();

    private void Run()
    {
        try
        {
            _result.SetResult(Sample());
        }
        catch (Exception e)
        {
            // Who waits for the start is told; after it, who waits for the end.
            _result.SetException(e);
            if (_started.TrySetException(e))
            {
                _ = _result.Task.Exception;
            }
        }
    }
}

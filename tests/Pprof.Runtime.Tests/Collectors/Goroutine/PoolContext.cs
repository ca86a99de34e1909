namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>A context that threads have and the pool serves.</summary>
internal sealed class PoolContext : SynchronizationContext
{
    public override void Post(SendOrPostCallback d, object? state) => ThreadPool.QueueUserWorkItem(_ => d(state));
}

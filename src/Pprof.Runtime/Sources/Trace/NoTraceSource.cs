namespace Pprof.Sources.Trace;

/// <summary>NativeAOT: the runtime's events say neither on which stack nor, to the process itself, on which thread.</summary>
internal sealed class NoTraceSource : TraceSource
{
    /// <inheritdoc/>
    public override string? Failure => "NativeAOT: the runtime does not tell what its threads do; requests, tasks and regions are there";

    /// <inheritdoc/>
    public override Task OpenAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => Task.FromResult(true);

    /// <inheritdoc/>
    public override Task CloseAsync() => Task.CompletedTask;
}

namespace Pprof.Sources.Allocations;

/// <summary>Where nobody can see allocations.</summary>
internal sealed class UnsupportedAllocationSource(string reason) : AllocationSource
{
    public override string? UnsupportedReason => reason;

    public override string? Failure => reason;

    public override AllocationCoverage Coverage { get; } = new();

    public override void Start()
    {
    }

    public override Task OpenAsync() => Task.CompletedTask;

    public override Task CloseAsync() => Task.CompletedTask;

    public override Task<bool> FlushAsync() => Task.FromResult(true);
}

namespace Pprof.Sources.Waits;

/// <summary>Where nobody can see threads wait.</summary>
internal sealed class UnsupportedWaitSource(string reason) : WaitSource
{
    public override string? UnsupportedReason => reason;

    public override string? Failure => reason;

    public override bool IsWatching => false;

    public override int MaxWeight => 1;

    public override long Lost => 0;

    public override Task UpdateAsync() => Task.CompletedTask;

    public override Task RetryAsync() => Task.CompletedTask;

    public override Task<bool> FlushAsync() => Task.FromResult(true);

    public override WaitClassifier NewClassifier() => throw new PlatformNotSupportedException(reason);
}

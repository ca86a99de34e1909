namespace Pprof.Sources.Waits;

/// <summary>Where nobody can see threads wait.</summary>
internal sealed class UnsupportedWaitSource(string reason) : WaitSource
{
    public override string? UnsupportedReason => reason;

    public override string? Failure => reason;

    public override int MaxWeight => 1;

    public override long Lost => 0;

    public override void Update()
    {
    }

    public override void UpdateInBackground()
    {
    }

    public override void Retry()
    {
    }

    public override bool Flush() => true;

    public override WaitClassifier NewClassifier() => throw new PlatformNotSupportedException(reason);
}

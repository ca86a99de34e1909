namespace Pprof.Sources.Waits;

/// <summary>Where nobody can see threads wait.</summary>
internal sealed class UnsupportedWaitSource(string reason) : WaitSource
{
    public override string? UnsupportedReason => reason;

    public override int MaxWeight => 1;

    public override bool Flush() => true;

    protected override void Watch(bool mutex, bool block)
    {
    }
}

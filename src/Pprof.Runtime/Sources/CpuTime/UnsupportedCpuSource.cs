namespace Pprof.Sources.CpuTime;

/// <summary>Where nobody can see CPU time.</summary>
internal sealed class UnsupportedCpuSource(string reason) : CpuSource
{
    public override string? UnsupportedReason => reason;

    public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
    {
        refusal = reason;
        return null;
    }
}

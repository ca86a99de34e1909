using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>CPU-time timers on every thread, whose signals a handler answers with a copy of the stack: Linux.</summary>
internal sealed class SignalCpuSource : CpuSource
{
    /// <summary>Why there is none, as a test wants it.</summary>
    internal static string? RefusalOverride { get; set; }

    public override string? UnsupportedReason =>
        RefusalOverride ?? ThreadList.UnsupportedReason ?? SignalHandler.UnsupportedReason ?? CpuTimer.UnsupportedReason;

    public override void Prepare() => SignalHandler.UnblockInherited();

    public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
    {
        refusal = SignalHandler.TryInstall();
        return refusal is null ? CpuSession.TryStart(rate, sink, Describe(rate)) : null;
    }

    private static string Describe(int rate) => $"CPU-time timers at {rate} Hz ({RuntimeInformation.FrameworkDescription})";
}

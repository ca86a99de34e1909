using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>CPU-time timers on every thread, whose signals a handler answers with a copy of the stack: Linux.</summary>
internal sealed class SignalCpuSource : CpuSource
{
    public override string? UnsupportedReason =>
        ThreadList.UnsupportedReason ?? SignalHandler.UnsupportedReason ?? CpuTimer.UnsupportedReason;

    public override string Describe(int rate) => $"CPU-time timers at {rate} Hz ({RuntimeInformation.FrameworkDescription})";

    public override void Prepare() => SignalHandler.UnblockInherited();

    public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
    {
        refusal = SignalHandler.TryInstall();
        return refusal is null ? CpuSession.TryStart(rate, sink) : null;
    }
}

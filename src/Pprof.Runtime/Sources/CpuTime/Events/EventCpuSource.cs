using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// CoreCLR wherever its events can be had: the runtime's own sampling of all threads, each sample weighted by the CPU time that
/// the thread really used. It stops all threads for each sample, and sees them where they can be stopped.
/// </summary>
internal sealed class EventCpuSource : CpuSource
{
    // Each decodes the samples of all threads for itself.
    private const int MaxSessions = 8;

    private static int s_sessions;

    private readonly ThreadCpuClock _clock = ThreadCpuClock.Create();

    /// <inheritdoc/>
    public override string? UnsupportedReason => _clock.UnsupportedReason ?? ProcessEvents.Instance.UnsupportedReason;

    /// <inheritdoc/>
    public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
    {
        refusal = UnsupportedReason;
        if (refusal is not null)
        {
            return null;
        }

        if (Interlocked.Increment(ref s_sessions) > MaxSessions)
        {
            Interlocked.Decrement(ref s_sessions);
            return null;
        }

        var session = new EventCpuSession(ProcessEvents.Instance, _clock, rate, sink, Describe(rate), static () => Interlocked.Decrement(ref s_sessions));
        session.Start();
        return session;
    }

    private static string Describe(int rate) =>
        $"the runtime's sample profiler, weighted by the CPU time of each thread, at {rate} Hz ({RuntimeInformation.FrameworkDescription})";
}

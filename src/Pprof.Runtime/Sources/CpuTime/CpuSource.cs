using Pprof.Process;
using Pprof.Sources.CpuTime.Events;
using Pprof.Sources.CpuTime.Signals;

namespace Pprof.Sources.CpuTime;

/// <summary>Who sees threads use CPU time, and tells on which stacks.</summary>
internal abstract class CpuSource
{
    /// <summary>The best one for this runtime and operating system. Sees nothing until <see cref="TryStart"/>.</summary>
    public static CpuSource Create() => ManagedRuntime.IsCoreClr
        ? new PreferredCpuSource(CreateWithoutStops(), new EventCpuSource())
        : CreateWithoutStops();

    /// <summary>The one that stops no thread, and so can go together with others who look at threads.</summary>
    public static CpuSource CreateWithoutStops() => OperatingSystem.IsLinux()
        ? new SignalCpuSource()
        : new UnsupportedCpuSource(
            "the CPU profile needs CPU-time timers, which only Linux has; run the service on Linux to profile its CPU time");

    /// <summary>
    /// Why nobody sees CPU time here, and what would help; null where somebody does. Found out at every call.
    /// </summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>
    /// Makes ready what only works before the application has threads. Called on the thread that is about to start it.
    /// </summary>
    public virtual void Prepare()
    {
    }

    /// <summary>Starts sampling at <paramref name="rate"/> samples per second of CPU time.</summary>
    /// <param name="rate">Samples per second that one thread uses.</param>
    /// <param name="sink">Gets the samples, on one thread of the source's own, until the sampling has ended.</param>
    /// <param name="refusal">Why there can be no sampling, and what would help; null where that is not the reason.</param>
    /// <returns>
    /// The sampling; null where there can be none, or as many run, with no <paramref name="refusal"/>, as the source can
    /// serve.
    /// </returns>
    /// <exception cref="SamplingRefusedException">There is no memory for samples, or no thread to read them.</exception>
    public abstract CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal);
}

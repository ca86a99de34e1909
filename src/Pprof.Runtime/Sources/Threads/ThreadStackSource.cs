using Pprof.Process;
using Pprof.Sources.Threads.AtRest;
using Pprof.Sources.Threads.Stopped;

namespace Pprof.Sources.Threads;

/// <summary>Who sees the stacks of all threads at one moment.</summary>
internal abstract class ThreadStackSource
{
    /// <summary>Why a source refuses that cannot have a thread of its own.</summary>
    protected static string NoThreadToRead => OwnThreads.WhyNone("reads the stacks");

    /// <summary>The best one for this runtime and operating system. Sees nothing until it is asked.</summary>
    public static ThreadStackSource Create() => ManagedRuntime.IsCoreClr
        ? new PreferredThreadStackSource(CreateWithoutStops(), new EventThreadStackSource())
        : CreateWithoutStops();

    /// <summary>The one that stops no thread, and so can look at them again and again.</summary>
    public static ThreadStackSource CreateWithoutStops() => OperatingSystem.IsLinux()
        ? new LinuxThreadStackSource()
        : new UnsupportedThreadStackSource(
            "the stacks of threads are read by means that only Linux has; run the service on Linux to see them");

    /// <summary>
    /// Why the stacks cannot be seen here, and what would help; null where they can be. Found out at every call.
    /// </summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>The number of threads, without those of this package.</summary>
    public abstract int Count { get; }

    /// <summary>
    /// Hands every thread to <paramref name="sink"/>, on one thread of the source's own. Needs no thread of the
    /// application's pool.
    /// </summary>
    /// <returns>Whether it could, and how.</returns>
    public abstract Task<ThreadCoverage> ReadAsync(IThreadStackSink sink);

    /// <summary>
    /// Begins to look at every thread again and again, and to tell where those stand that wait, and for how long.
    /// </summary>
    /// <param name="rate">How often in a second; less often where there are many threads.</param>
    /// <param name="sink">Gets their time, on one thread of the source's own.</param>
    /// <param name="refusal">Why it could not, and what would help; null where it could.</param>
    public abstract ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal);
}

namespace Pprof.Sources.Threads.AtRest;

/// <summary>Who sees the stacks of all threads at one moment, without suspending them.</summary>
internal abstract class ThreadStackSource
{
    /// <summary>The one for this operating system. Sees nothing until it is asked.</summary>
    public static ThreadStackSource Create() => OperatingSystem.IsLinux()
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
    /// <returns>Why it could not, and what would help; null where it could.</returns>
    public abstract Task<string?> ReadAsync(IThreadStackSink sink);

    /// <summary>
    /// Begins to look at every thread again and again, and to tell where those stand that wait, and for how long.
    /// </summary>
    /// <param name="rate">How often in a second; less often where there are many threads.</param>
    /// <param name="sink">Gets their time, on one thread of the source's own.</param>
    /// <param name="refusal">Why it could not, and what would help; null where it could.</param>
    public abstract ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal);
}

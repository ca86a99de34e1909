using Pprof.Labels;
using Pprof.Sources.Allocations;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Threads;
using Pprof.Sources.Waits;

namespace Pprof;

/// <summary>
/// Changes while the application runs how much the profiles see that watch it all the time. Safe for concurrent use.
/// The values last until they are set again, here or by a change of the configuration.
/// </summary>
public static class PprofRuntime
{
    private static readonly Lock s_gate = new();
    private static int s_appliedFraction;
    private static long s_appliedRate;
    private static long s_appliedMemoryRate;

    /// <summary>
    /// Sets how many of the contentions of locks the <c>mutex</c> profile samples: one in <paramref name="fraction"/>, 1
    /// for all, 0 for none. A negative value changes nothing.
    /// </summary>
    /// <remarks>
    /// On Linux no more than some 4,000 contentions and waits a second are recorded: of more, short ones stand for several, so that
    /// count and delay are right on average. To have each of them seen would cost the application more than a few percent of
    /// its time.
    /// </remarks>
    /// <returns>The fraction before the call.</returns>
    public static int SetMutexProfileFraction(int fraction) =>
        (int)(fraction < 0 ? WaitSource.MutexFraction.Value : WaitSource.MutexFraction.Set(fraction));

    /// <summary>
    /// Sets how many of the waits the <c>block</c> profile samples: on average one for each so many nanoseconds spent
    /// waiting. 1 samples all of them, 0 or less none.
    /// </summary>
    public static void SetBlockProfileRate(long nanoseconds) => WaitSource.BlockRate.Set(Math.Max(0, nanoseconds));

    /// <summary>
    /// Sets how many bytes are allocated from one sample of the <c>heap</c> and <c>allocs</c> profiles to the next, on
    /// average. The runtime offers a sample for each 102,400 bytes: a smaller rate has the effect of that one. 0 ends the
    /// sampling; what was sampled stays in the profiles. A negative value changes nothing.
    /// </summary>
    /// <returns>The rate before the call.</returns>
    public static long SetMemoryProfileRate(long bytes) =>
        bytes < 0 ? AllocationSource.Rate.Value : AllocationSource.Rate.Set(bytes);

    /// <summary>
    /// Applies what <paramref name="options"/> say, where they say something else than those applied before: what the
    /// application set with the methods above holds until the configuration changes. Does not wait until it is so: the
    /// application is starting.
    /// </summary>
    internal static void Apply(PprofOptions options)
    {
        lock (s_gate)
        {
            if (options.MutexProfileFraction != s_appliedFraction)
            {
                s_appliedFraction = options.MutexProfileFraction;
                WaitSource.MutexFraction.Set(Math.Max(0, s_appliedFraction), atOnce: false);
            }

            if (options.BlockProfileRate != s_appliedRate)
            {
                s_appliedRate = options.BlockProfileRate;
                WaitSource.BlockRate.Set(Math.Max(0, s_appliedRate), atOnce: false);
            }

            if (options.MemoryProfileRate != s_appliedMemoryRate)
            {
                s_appliedMemoryRate = options.MemoryProfileRate;
                AllocationSource.Rate.Set(Math.Max(0, s_appliedMemoryRate), atOnce: false);
            }

            // Nothing but the options changes these.
            LifetimeRoutes.Allow((options.Labels & PprofLabelsOf.Routes) != 0);
            AllocationSource.IsOff.Set(options.MemoryProfile == MemoryProfile.Off ? 1 : 0, atOnce: false);
            AllocationSource.SamplesAlways.Set(options.MemoryProfile == MemoryProfile.Sampled ? 1 : 0, atOnce: false);
            LiveHeapSource.ResidentLimit.Set(options.SnapshotResidentLimit, atOnce: false);
            AsyncOperationSource.ResidentLimit.Set(options.AsyncResidentLimit, atOnce: false);
            LiveHeapSource.MemoryLimit.Set(options.SnapshotMemoryLimit, atOnce: false);
            LiveHeapSource.EventLimit.Set(options.SnapshotEventLimit, atOnce: false);
            ThreadCreationSource.WatchesAlways.Set(options.ThreadCreation ? 1 : 0, atOnce: false);
        }
    }
}

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
    /// average. The runtime offers a sample for each 102,400 bytes: a smaller rate has the effect of that one, and one above 1,099,511,627,776 (2^40) of that. 0 ends the
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
        WaitSource.MutexFraction.Configure(Math.Max(0, options.MutexProfileFraction));
        WaitSource.BlockRate.Configure(Math.Max(0, options.BlockProfileRate));
        AllocationSource.Rate.Configure(Math.Max(0, options.MemoryProfileRate));
        AllocationSource.IsOff.Configure(options.MemoryProfile == MemoryProfile.Off ? 1 : 0);
        AllocationSource.SamplesAlways.Configure(options.MemoryProfile == MemoryProfile.Sampled ? 1 : 0);
        LifetimeRoutes.Allow((options.Labels & PprofLabelsOf.Routes) != 0);
        LiveHeapSource.ResidentLimit.Configure(options.SnapshotResidentLimit);
        LiveHeapSource.MemoryLimit.Configure(options.SnapshotMemoryLimit);
        LiveHeapSource.EventLimit.Configure(options.SnapshotEventLimit);
        AsyncOperationSource.ResidentLimit.Configure(options.AsyncResidentLimit);
        ThreadCreationSource.WatchesAlways.Configure(options.ThreadCreation ? 1 : 0);
    }
}

using Pprof.Collectors;
using Pprof.Collectors.Goroutine;
using Pprof.Collectors.Heap;
using Pprof.Collectors.ThreadCreate;
using Pprof.Collectors.Waits;
using Pprof.CompilerServices;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests;

/// <summary>The shapes of the built-in profiles, for tests that have a collector without a table.</summary>
internal static class Shapes
{
    public static readonly ProfileShape Cpu = ProfileRows.Cpu().Shape!;

    public static readonly ProfileShape Wall = ProfileRows.Wall().Shape!;

    public static readonly ProfileShape Block = ProfileRows.Block().Shape!;

    public static readonly ProfileShape Mutex = ProfileRows.Mutex().Shape!;

    public static readonly ProfileShape ThreadCreate = ProfileRows.ThreadCreate().Shape!;

    public static readonly ProfileShape Heap = ProfileRows.Heap().Shape!;

    public static readonly ProfileShape LiveHeap = ProfileRows.Heap().Views[0].Shape!;

    public static readonly ProfileShape Goroutine = ProfileRows.Goroutine().Shape!;

    /// <summary>The state now.</summary>
    public static Profile Snapshot(this SnapshotProfileCollector collector) => Filled(Of(collector), collector.FillAsync);

    /// <summary>The state now, with what only the text that shows more has.</summary>
    public static Profile DetailedSnapshot(this SnapshotProfileCollector collector) => Filled(Of(collector), collector.FillDetailAsync);

    /// <summary>The state now, as a window shows it.</summary>
    public static Profile Snapshot(this ProfileWindow window, ProfileShape? shape = null) => Filled(shape ?? Block, window.FillAsync);

    private static Profile Filled(ProfileShape shape, Func<Profile, CancellationToken, Task> fill)
    {
        Profile profile = shape.NewProfile();
        fill(profile, CancellationToken.None).GetAwaiter().GetResult();
        return profile;
    }

    private static ProfileShape Of(SnapshotProfileCollector collector) => collector switch
    {
        MutexProfileCollector => Mutex,
        BlockProfileCollector => Block,
        ThreadCreateProfileCollector => ThreadCreate,
        HeapProfileCollector => Heap,
        LiveHeapCollector => LiveHeap,
        GoroutineProfileCollector => Goroutine,
        _ => throw new ArgumentException($"{collector.GetType()} has no built-in shape.", nameof(collector)),
    };
}

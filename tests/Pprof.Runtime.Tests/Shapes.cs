using Pprof.Collectors;
using Pprof.Collectors.Goroutine;
using Pprof.Collectors.Heap;
using Pprof.Collectors.ThreadCreate;
using Pprof.Collectors.Waits;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests;

/// <summary>What the generated table says of the built-in profiles, for tests that have a collector without a table.</summary>
internal static class Shapes
{
    public static readonly ProfileShape Cpu = new()
    {
        SampleTypes = [new("samples", "count"), new("cpu", "nanoseconds")],
        PeriodType = new("cpu", "nanoseconds"),
    };

    public static readonly ProfileShape Wall = new()
    {
        SampleTypes = [new("samples", "count"), new("wall", "nanoseconds")],
        PeriodType = new("wall", "nanoseconds"),
    };

    public static readonly ProfileShape Block = Waits(ProfileText.Contention);

    public static readonly ProfileShape Mutex = Waits(ProfileText.Mutex);

    public static readonly ProfileShape ThreadCreate = ProfileShape.Counting("threadcreate");

    public static readonly ProfileShape Heap = new()
    {
        SampleTypes = [new("alloc_objects", "count"), new("alloc_space", "bytes"), new("inuse_objects", "count"), new("inuse_space", "bytes")],
        PeriodType = new("space", "bytes"),
        Text = ProfileText.Heap,
    };

    public static readonly ProfileShape LiveHeap = new()
    {
        SampleTypes = [new("objects", "count"), new("space", "bytes")],
        PeriodType = new("space", "bytes"),
        Text = ProfileText.LiveHeap,
    };

    public static readonly ProfileShape Goroutine = new()
    {
        SampleTypes = [new("goroutine", "count")],
        PeriodType = new("goroutine", "count"),
        Text = ProfileText.Goroutine,
    };

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

    private static ProfileShape Waits(ProfileText text) => new()
    {
        SampleTypes = [new("contentions", "count"), new("delay", "nanoseconds")],
        PeriodType = new("contentions", "count"),
        Text = text,
    };
}

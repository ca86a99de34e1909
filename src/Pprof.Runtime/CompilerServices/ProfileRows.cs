using System.ComponentModel;
using Pprof.Profiles;

namespace Pprof.CompilerServices;

/// <summary>
/// The rows of the built-in profiles, of which the generated table has those that the application serves: one method for each,
/// named as its flag, so that each is linked on its own. The descriptions are those that Go's users know.
/// </summary>
/// <remarks>
/// Here and not in what is generated: every service makes its rows at start, and this assembly is compiled ahead of time.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ProfileRows
{
    /// <summary>The row of the CPU profile.</summary>
    public static ProfileDescriptor Cpu() => new()
    {
        Name = "profile",
        Href = "profile",
        Description = "CPU profile. You can specify the duration in the seconds GET parameter. After you get the profile "
            + "file, use the go tool pprof command to investigate the profile.",
        Shape = Shape([new("samples", "count"), new("cpu", "nanoseconds")], new("cpu", "nanoseconds"), ProfileText.None),
        Forms = ProfileForms.Timed | ProfileForms.Native,
        DefaultSeconds = 30,
        Parameters = Rate(),
        Flag = PprofProfiles.Cpu,
        Collector = ProfileCollectors.Cpu,
        StartsEarly = true,
    };

    /// <summary>The row of waits for contended locks.</summary>
    public static ProfileDescriptor Mutex() => new()
    {
        Name = "mutex",
        Href = "mutex",
        Description = "Stack traces of threads that waited for contended locks, with a JIT labelled with the holder",
        Shape = Waits(ProfileText.Mutex),
        Forms = ProfileForms.Delta | ProfileForms.Native | ProfileForms.Increment,
        Flag = PprofProfiles.Mutex,
        Collector = ProfileCollectors.Mutex,
        StartsEarly = true,
    };

    /// <summary>The row of waits of all kinds.</summary>
    public static ProfileDescriptor Block() => new()
    {
        Name = "block",
        Href = "block",
        Description = "Stack traces that led to blocking on synchronization primitives",
        Shape = Waits(ProfileText.Contention),
        Forms = ProfileForms.Delta | ProfileForms.Native | ProfileForms.Increment,
        Flag = PprofProfiles.Block,
        Collector = ProfileCollectors.Block,
        StartsEarly = true,
    };

    /// <summary>The row of threads by who created them.</summary>
    public static ProfileDescriptor ThreadCreate() => new()
    {
        Name = "threadcreate",
        Href = "threadcreate",
        Description = "Stack traces that led to the creation of new OS threads",
        Shape = Counts("threadcreate", ProfileText.Count),
        Forms = ProfileForms.Delta | ProfileForms.Native,
        Flag = PprofProfiles.ThreadCreate,
        Collector = ProfileCollectors.ThreadCreate,
        StartsEarly = true,
    };

    /// <summary>The row of what is in use of the memory that was allocated, with the views of all that is alive.</summary>
    public static ProfileDescriptor Heap() => new()
    {
        Name = "heap",
        Href = "heap",
        Description = "A sampling of memory allocations of live objects. You can specify the gc GET parameter to run GC "
            + "before taking the heap sample.",
        Shape = Allocations(shown: null),
        Forms = ProfileForms.Delta | ProfileForms.Collected | ProfileForms.Native | ProfileForms.Increment,
        Links =
        (ProfileLink[])[
            new("live objects by type", "view=types&debug=1"),
            new("live objects by who holds them", "view=retained&debug=1"),
        ],
        Views =
        (ProfileDescriptor[])[
            LiveHeap("types", ProfileForms.Delta | ProfileForms.Collected, ProfileCollectors.HeapTypes),
            LiveHeap("retained", ProfileForms.Delta, ProfileCollectors.HeapRetained),
        ],
        Flag = PprofProfiles.Heap,
        Collector = ProfileCollectors.Heap,
    };

    /// <summary>The row of all allocations.</summary>
    public static ProfileDescriptor Allocs() => new()
    {
        Name = "allocs",
        Href = "allocs",
        Description = "A sampling of all past memory allocations",
        Shape = Allocations(shown: "alloc_space"),
        Forms = ProfileForms.Delta | ProfileForms.Native,
        Flag = PprofProfiles.Allocs,
        Collector = ProfileCollectors.Allocs,
    };

    /// <summary>The row of what is in flight: threads by stack.</summary>
    public static ProfileDescriptor Goroutine() => new()
    {
        Name = "goroutine",
        Href = "goroutine",
        Description = "Stack traces of all current threads and suspended async operations. Use debug=2 as a query parameter to "
            + "see each of them with what it waits for, and async=0 to see threads alone.",
        Shape = Counts("goroutine", ProfileText.Goroutine),
        Forms = ProfileForms.Delta | ProfileForms.Native,
        Parameters = (ProfileParameter[])[new("async", 0, 1, static options => options.GoroutineAsync)],
        Links = (ProfileLink[])[new("full goroutine stack dump", "debug=2")],
        Flag = PprofProfiles.Goroutine,
        Collector = ProfileCollectors.Goroutine,
    };

    /// <summary>The row of what the process does, moment by moment.</summary>
    public static ProfileDescriptor Trace() => new()
    {
        Name = "trace",
        Href = "trace",
        Description = "A trace of execution of the current program. You can specify the duration in the seconds GET "
            + "parameter. After you get the trace file, use the go tool trace command to investigate the trace.",
        Shape = null,
        Forms = ProfileForms.Stream,
        DefaultSeconds = 1,

        // As TraceContent has them, in this order; by default all but the last.
        Parameters = (ProfileParameter[])[new("content", (string[])["gc", "requests", "work", "waits", "exceptions", "cpu", "jit", "async"], (1 << 7) - 1)],
        Formats =
        (ProfileFormat[])[
            new("go", "trace", Array.Empty<string>()),
            new("perfetto", "trace.perfetto-trace", Array.Empty<string>()),
            new("nettrace", "trace.nettrace", (string[])["providers", "keywords"]),
        ],
        Links =
        (ProfileLink[])[
            new("trace of 5 seconds for go tool trace", "seconds=5"),
            new("trace of 5 seconds for Perfetto, which ui.perfetto.dev opens", "seconds=5&format=perfetto"),
            new("events of 5 seconds for PerfView, Visual Studio and dotnet-trace convert", "seconds=5&format=nettrace"),
        ],
        Flag = PprofProfiles.Trace,
        Collector = ProfileCollectors.Trace,
    };

    /// <summary>The row of the time that passes on every thread.</summary>
    public static ProfileDescriptor Wall() => new()
    {
        Name = "wall",
        Href = "wall",
        Description = "Wall-clock time of all threads, running and waiting, labelled with their state. You can specify the "
            + "duration in the seconds GET parameter.",
        Shape = Shape([new("samples", "count"), new("wall", "nanoseconds")], new("wall", "nanoseconds"), ProfileText.None),
        Forms = ProfileForms.Timed | ProfileForms.Native,
        DefaultSeconds = 30,
        Parameters = Rate(),
        Sibling = "fgprof",
        Flag = PprofProfiles.Wall,
        Collector = ProfileCollectors.Wall,
        StartsEarly = true,
    };

    private static ProfileDescriptor LiveHeap(string view, ProfileForms forms, Func<Collectors.ProfileCollector> collector) => new()
    {
        Name = "heap",
        Href = "heap",
        Description = "",
        View = view,
        Shape = Shape([new("objects", "count"), new("space", "bytes")], new("space", "bytes"), ProfileText.LiveHeap),
        Forms = forms,
        Flag = PprofProfiles.Heap,
        Collector = collector,
    };

    private static ProfileShape Allocations(string? shown) => Shape(
        [new("alloc_objects", "count"), new("alloc_space", "bytes"), new("inuse_objects", "count"), new("inuse_space", "bytes")],
        new("space", "bytes"),
        ProfileText.Heap,
        shown);

    private static ProfileShape Waits(ProfileText text) =>
        Shape([new("contentions", "count"), new("delay", "nanoseconds")], new("contentions", "count"), text);

    private static ProfileShape Counts(string type, ProfileText text) => Shape([new(type, "count")], new(type, "count"), text);

    // Arrays, here and above: the lists that the compiler makes are types more to load.
    private static ProfileShape Shape(SampleType[] types, SampleType period, ProfileText text, string? shown = null) => new()
    {
        SampleTypes = types,
        PeriodType = period,
        DefaultSampleType = shown,
        Text = text,
    };

    private static ProfileParameter[] Rate() => [new("hz", 1, 1000, static options => options.CpuProfileRate)];
}

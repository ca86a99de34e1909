namespace Pprof.Generators.Models.BuiltIn;

/// <summary>
/// The profiles that come with the package. To add one: a row here, a flag in the runtime's <c>PprofProfiles</c> and a
/// method in its <c>ProfileCollectors</c>; a test holds the three together.
/// </summary>
internal static class BuiltInProfiles
{
    private static readonly IReadOnlyList<SampleType> s_memory =
    [
        new("alloc_objects", "count"),
        new("alloc_space", "bytes"),
        new("inuse_objects", "count"),
        new("inuse_space", "bytes"),
    ];

    private static readonly IReadOnlyList<SampleType> s_live = [new("objects", "count"), new("space", "bytes")];

    // As the runtime's TraceContent has them, in this order.
    private static readonly IReadOnlyList<string> s_traceContent = ["gc", "requests", "work", "waits", "exceptions", "cpu", "jit", "async"];

    /// <summary>The rows, by name. The descriptions are those that Go's users know.</summary>
    public static readonly IReadOnlyList<BuiltInProfile> All =
    [
        new(
            Name: "profile",
            Flag: "Cpu",
            Bit: 1 << 0,
            Description: "CPU profile. You can specify the duration in the seconds GET parameter. After you get the profile "
                + "file, use the go tool pprof command to investigate the profile.",
            SampleTypes: [new("samples", "count"), new("cpu", "nanoseconds")],
            PeriodType: new("cpu", "nanoseconds"),
            DefaultSampleType: null,
            Text: ProfileText.None,
            Forms: ProfileForms.Timed | ProfileForms.Native,
            DefaultSeconds: 30,
            Parameters: [new("hz", 1, 1000, "CpuProfileRate")],
            NeedsDiagnostics: false,
            NativeTargets: ["linux-"],
            Links: []),
        new(
            Name: "mutex",
            Flag: "Mutex",
            Bit: 1 << 1,
            Description: "Stack traces of threads that waited for contended locks, labelled with the holder",
            SampleTypes: [new("contentions", "count"), new("delay", "nanoseconds")],
            PeriodType: new("contentions", "count"),
            DefaultSampleType: null,
            Text: ProfileText.Mutex,
            Forms: ProfileForms.Delta | ProfileForms.Native | ProfileForms.Increment,
            DefaultSeconds: 0,
            Parameters: [],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-x64", "linux-arm64"],
            Links: []),
        new(
            Name: "block",
            Flag: "Block",
            Bit: 1 << 2,
            Description: "Stack traces that led to blocking on synchronization primitives",
            SampleTypes: [new("contentions", "count"), new("delay", "nanoseconds")],
            PeriodType: new("contentions", "count"),
            DefaultSampleType: null,
            Text: ProfileText.Contention,
            Forms: ProfileForms.Delta | ProfileForms.Native | ProfileForms.Increment,
            DefaultSeconds: 0,
            Parameters: [],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-x64", "linux-arm64"],
            Links: []),
        new(
            Name: "threadcreate",
            Flag: "ThreadCreate",
            Bit: 1 << 3,
            Description: "Stack traces that led to the creation of new OS threads",
            SampleTypes: [new("threadcreate", "count")],
            PeriodType: new("threadcreate", "count"),
            DefaultSampleType: null,
            Text: ProfileText.Count,
            Forms: ProfileForms.Delta | ProfileForms.Native,
            DefaultSeconds: 0,
            Parameters: [],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-", "osx-", "win-"],
            Links: []),
        new(
            Name: "heap",
            Flag: "Heap",
            Bit: 1 << 4,
            Description: "A sampling of memory allocations of live objects. You can specify the gc GET parameter to run GC "
                + "before taking the heap sample.",
            SampleTypes: s_memory,
            PeriodType: new("space", "bytes"),
            DefaultSampleType: null,
            Text: ProfileText.Heap,
            Forms: ProfileForms.Delta | ProfileForms.Collected | ProfileForms.Native | ProfileForms.Increment,
            DefaultSeconds: 0,
            Parameters: [],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-x64", "linux-arm64"],
            Links: [new("live objects by type", "view=types&debug=1"), new("live objects by who holds them", "view=retained&debug=1")])
        {
            Views =
            [
                new("types", "HeapTypes", s_live, new("space", "bytes"), ProfileText.LiveHeap, ProfileForms.Delta | ProfileForms.Collected),
                new("retained", "HeapRetained", s_live, new("space", "bytes"), ProfileText.LiveHeap, ProfileForms.Delta),
            ],
        },
        new(
            Name: "allocs",
            Flag: "Allocs",
            Bit: 1 << 5,
            Description: "A sampling of all past memory allocations",
            SampleTypes: s_memory,
            PeriodType: new("space", "bytes"),
            DefaultSampleType: "alloc_space",
            Text: ProfileText.Heap,
            Forms: ProfileForms.Delta | ProfileForms.Native,
            DefaultSeconds: 0,
            Parameters: [],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-x64", "linux-arm64"],
            Links: []),
        new(
            Name: "goroutine",
            Flag: "Goroutine",
            Bit: 1 << 6,
            Description: "Stack traces of all current threads and suspended async operations. Use debug=2 as a query parameter to "
                + "see each of them with what it waits for, and async=0 to see threads alone.",
            SampleTypes: [new("goroutine", "count")],
            PeriodType: new("goroutine", "count"),
            DefaultSampleType: null,
            Text: ProfileText.Goroutine,
            Forms: ProfileForms.Delta | ProfileForms.Native,
            DefaultSeconds: 0,
            Parameters: [new("async", 0, 1, "GoroutineAsync")],
            NeedsDiagnostics: false,
            NativeTargets: ["linux-"],
            Links: [new("full goroutine stack dump", "debug=2")]),
        new(
            Name: "trace",
            Flag: "Trace",
            Bit: 1 << 7,
            Description: "A trace of execution of the current program. You can specify the duration in the seconds GET "
                + "parameter. After you get the trace file, use the go tool trace command to investigate the trace.",
            SampleTypes: [],
            PeriodType: default,
            DefaultSampleType: null,
            Text: ProfileText.None,
            Forms: ProfileForms.Stream,
            DefaultSeconds: 1,
            Parameters: [new("content", s_traceContent, [.. s_traceContent.Where(static word => word != "async")])],
            NeedsDiagnostics: true,
            NativeTargets: ["linux-", "osx-", "win-"],
            Links:
            [
                new("trace of 5 seconds for go tool trace", "seconds=5"),
                new("trace of 5 seconds for Perfetto, which ui.perfetto.dev opens", "seconds=5&format=perfetto"),
                new("events of 5 seconds for PerfView, Visual Studio and dotnet-trace convert", "seconds=5&format=nettrace"),
            ])
        {
            Formats = [new("go", "trace", []), new("perfetto", "trace.perfetto-trace", []), new("nettrace", "trace.nettrace", ["providers", "keywords"])],
        },
        new(
            Name: "wall",
            Flag: "Wall",
            Bit: 1 << 8,
            Description: "Wall-clock time of all threads, running and waiting, labelled with their state. You can specify the "
                + "duration in the seconds GET parameter.",
            SampleTypes: [new("samples", "count"), new("wall", "nanoseconds")],
            PeriodType: new("wall", "nanoseconds"),
            DefaultSampleType: null,
            Text: ProfileText.None,
            Forms: ProfileForms.Timed | ProfileForms.Native,
            DefaultSeconds: 30,
            Parameters: [new("hz", 1, 1000, "CpuProfileRate")],
            NeedsDiagnostics: false,
            NativeTargets: ["linux-"],
            Links: [])
        {
            Sibling = "fgprof",
        },
    ];

    /// <summary>The flags of all rows.</summary>
    public static readonly int AllFlags = All.Aggregate(0, static (flags, profile) => flags | profile.Bit);

    /// <summary>
    /// Whether a program with a JIT and these profiles listens to the runtime's events, through its diagnostic port. One
    /// that names no profiles is taken to want whatever the package has.
    /// </summary>
    public static bool NeedsDiagnostics(int? flags) => All.Any(profile => profile.NeedsDiagnostics && (profile.Bit & (flags ?? AllFlags)) != 0);
}

using System.ComponentModel;
using Pprof.Collectors;
using Pprof.Collectors.Cpu;
using Pprof.Collectors.Custom;
using Pprof.Collectors.Goroutine;
using Pprof.Collectors.Heap;
using Pprof.Collectors.ThreadCreate;
using Pprof.Collectors.Trace;
using Pprof.Collectors.Waits;
using Pprof.Collectors.Wall;

namespace Pprof.CompilerServices;

/// <summary>The collectors of the built-in profiles, one method for each, so that each is linked on its own.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ProfileCollectors
{
    /// <summary>The collector of the CPU profile.</summary>
    public static ProfileCollector Cpu() => new CpuProfileCollector();

    /// <summary>The collector of waits for contended locks.</summary>
    public static ProfileCollector Mutex() => new MutexProfileCollector();

    /// <summary>The collector of waits of all kinds.</summary>
    public static ProfileCollector Block() => new BlockProfileCollector();

    /// <summary>The collector of threads by who created them.</summary>
    public static ProfileCollector ThreadCreate() => new ThreadCreateProfileCollector();

    /// <summary>The collector of what is in use of the memory that was allocated.</summary>
    public static ProfileCollector Heap() => new HeapProfileCollector { FollowsObjects = true };

    /// <summary>The collector of all allocations.</summary>
    public static ProfileCollector Allocs() => new HeapProfileCollector();

    /// <summary>The collector of all that is alive, by type.</summary>
    public static ProfileCollector HeapTypes() => new LiveHeapCollector(paths: false);

    /// <summary>The collector of all that is alive, with who holds it.</summary>
    public static ProfileCollector HeapRetained() => new LiveHeapCollector(paths: true);

    /// <summary>The collector of what is in flight: threads by stack.</summary>
    public static ProfileCollector Goroutine() => new GoroutineProfileCollector();

    /// <summary>The collector of what the process does, moment by moment.</summary>
    public static ProfileCollector Trace() => new TraceProfileCollector();

    /// <summary>The collector of the time that passes on every thread.</summary>
    public static ProfileCollector Wall() => new WallProfileCollector();

    /// <summary>The collector of a profile of the application's own.</summary>
    public static ProfileCollector Custom(CustomProfile profile) => new CustomProfileCollector(profile);
}

namespace Pprof;

/// <summary>The profiles that a service can serve. A profile that is left out is not linked into the application.</summary>
[Flags]
public enum PprofProfiles
{
    /// <summary>No profile. The index page, <c>cmdline</c> and <c>symbol</c> are still served.</summary>
    None = 0,

    /// <summary>
    /// CPU time by stack, at <c>/debug/pprof/profile</c>. On Linux, x64 and arm64, by timers; elsewhere by the runtime's own sampling of
    /// threads, which is less exact and costs more. A NativeAOT binary for another system answers 501.
    /// </summary>
    Cpu = 1 << 0,

    /// <summary>
    /// Waits for contended locks by stack, at <c>/debug/pprof/mutex</c>. Answers 501 where the runtime's diagnostic port is
    /// closed, and in a NativeAOT binary that is not one for Linux, x64 or arm64.
    /// </summary>
    Mutex = 1 << 1,

    /// <summary>Waits of all kinds by stack, at <c>/debug/pprof/block</c>. Answers 501 where <see cref="Mutex"/> does.</summary>
    Block = 1 << 2,

    /// <summary>
    /// Threads, at <c>/debug/pprof/threadcreate</c>: by the stack that created them with
    /// <see cref="EnablePprofAttribute.ThreadCreation"/> or in the answer to <c>seconds=</c>, otherwise by name; always by
    /// stack in a NativeAOT binary for Linux, x64 or arm64, never in others.
    /// </summary>
    ThreadCreate = 1 << 3,

    /// <summary>
    /// Memory in use by type and stack, at <c>/debug/pprof/heap</c>: a sample, as <see cref="EnablePprofAttribute.MemoryProfile"/>
    /// says. Needs Linux, and with a JIT .NET 10; where these are not, it answers <c>seconds=</c> with what was allocated, or in a
    /// NativeAOT binary 501.
    /// </summary>
    Heap = 1 << 4,

    /// <summary>All allocations by type and stack, at <c>/debug/pprof/allocs</c>. Needs what <see cref="Heap"/> needs.</summary>
    Allocs = 1 << 5,

    /// <summary>
    /// All threads by stack and suspended async operations, at <c>/debug/pprof/goroutine</c>, and with <c>debug=2</c> each with
    /// what it waits for. With a JIT outside of Linux the managed threads alone; a NativeAOT binary answers 501 there.
    /// </summary>
    Goroutine = 1 << 6,

    /// <summary>
    /// What the process does, moment by moment, at <c>/debug/pprof/trace</c>, for <c>go tool trace</c>: work of the thread pool,
    /// waits, collections, requests. A NativeAOT binary has the pool's work only with <c>EventSourceSupport</c>, and waits and
    /// collections on Linux.
    /// </summary>
    Trace = 1 << 7,

    /// <summary>
    /// The time that passes on every thread by stack, whether it runs or waits, at <c>/debug/pprof/wall</c> and
    /// <c>/debug/fgprof</c>. Needs Linux on x64 or arm64; elsewhere it answers 501.
    /// </summary>
    Wall = 1 << 8,

    /// <summary>Every profile of this version of the package.</summary>
    All = Cpu | Mutex | Block | ThreadCreate | Heap | Allocs | Goroutine | Trace | Wall,
}

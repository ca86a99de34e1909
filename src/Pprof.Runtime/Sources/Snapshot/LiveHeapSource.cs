using Pprof.Process;
using Pprof.Sources.Snapshot.Events;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Snapshot;

/// <summary>Who sees everything that is alive in the heap, whenever it was allocated, by type or by who holds it.</summary>
internal abstract class LiveHeapSource
{
    /// <summary>Bytes of resident memory above which the heap is not looked at; 0 for never.</summary>
    public static readonly Setting ResidentLimit = new();

    /// <summary>Bytes that a copy of the process may need for itself.</summary>
    public static readonly Setting MemoryLimit = new();

    /// <summary>Bytes of the heap above which the runtime's events do not tell of it where the process cannot be copied; 0 for never.</summary>
    public static readonly Setting EventLimit = new();

    /// <summary>The one for the runtime and the system that this process runs on. Does nothing until it is asked.</summary>
    /// <param name="paths">Whether it tells who holds what.</param>
    public static LiveHeapSource Create(bool paths) => ManagedRuntime.IsCoreClr
        ? new PreferredHeapSource(new SnapshotHeapSource(paths), new EventHeapSource(paths))
        : paths ? new UnsupportedHeapSource()
        : new NativeHeapSource();

    /// <summary>Why nobody sees the heap here, and what would help; null where somebody does.</summary>
    public abstract string? UnsupportedReason { get; }

    /// <summary>Hands all that is alive to <paramref name="sink"/>, on a thread of the source's own.</summary>
    /// <exception cref="SnapshotException">It could not.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public abstract Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation);
}

using System.Diagnostics;
using Pprof.Sources.EventPipe;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>
/// CoreCLR wherever its events can be had: a garbage collection after which the runtime tells of each object and reference.
/// The process is stopped until it has, and all of it has to fit in memory meanwhile, as the reader is stopped, too.
/// </summary>
/// <remarks>
/// The runtime reads the type of each object, also of one that is dead and not yet swept, of an assembly that has been unloaded:
/// dotnet-gcdump, which has the same told, ended a process so whose assemblies came and went.
/// </remarks>
/// <param name="paths">Whether it tells who holds what.</param>
/// <param name="besideUnloadable">Whether it serves where an assembly can be unloaded.</param>
internal sealed class EventHeapSource(bool paths, bool besideUnloadable = false) : LiveHeapSource
{
    // What an object of some 50 bytes costs: 175 ns, and 70 bytes of events.
    private const double PauseOfMegabyte = 3.7;
    private const int MegabytesOfMegabyte = 3;
    private const int LeastMegabytes = 64;

    // A session that another tool begins meanwhile has the runtime tell once more, and of each type once for both.
    private const int MaxTimes = 3;

    // Where the names of types are not to be had by their modules, the runtime is asked for them.
    private static volatile bool s_asksForNames;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_flushTimeout = TimeSpan.FromSeconds(1);

    private static long HeapBytes => GC.GetTotalMemory(forceFullCollection: false);

    public override string? UnsupportedReason
    {
        get
        {
            long limit = EventLimit.Value;
            long heap = HeapBytes;
            return ResidentLimit.Value == 0 ? "then the runtime's events do not tell of it either"
                : limit == 0 ? "the runtime's events do not tell of it, as SnapshotEventLimit is 0; raise one of the two"
                : heap > limit ? $"the heap has {heap >> 20} MB, and the runtime's events of it would stop the process for some {(heap >> 20) * PauseOfMegabyte:F0} ms and take some {heap * MegabytesOfMegabyte >> 20} MB; raise SnapshotEventLimit ({limit >> 20} MB) if they may"
                : ProcessEvents.Instance.UnsupportedReason
                    ?? (!besideUnloadable && UnloadableAssemblies.AreThere ? "an assembly of this process can be unloaded, and the runtime may end the process when it tells of an object whose assembly is gone" : null);
        }
    }

    public override async Task<HeapTotals> ReadAsync(IHeapSink sink, CancellationToken cancellation)
    {
        HeapTotals totals = default;
        await Snapshots.InTurnAsync(() => totals = Read(sink, cancellation), cancellation);
        return totals;
    }

    private HeapTotals Read(IHeapSink sink, CancellationToken cancellation)
    {
        HeapEvents events = Collect(cancellation, out bool mayLackTypes);
        TimeSpan pause = events.Pause;
        for (int times = 1; times < MaxTimes && MayTellMore(events, mayLackTypes); times++)
        {
            events = Collect(cancellation, out mayLackTypes);
            pause += events.Pause;
        }

        var graph = paths ? new HeapGraph(events, cancellation) : null;
        var names = new EventHeapNames(events.Types, graph?.Labels ?? []);
        long merged = 0;
        if (graph is not null)
        {
            merged = HeapPaths.Add(graph.Nodes, names, sink, cancellation.ThrowIfCancellationRequested);
        }
        else
        {
            foreach ((ulong type, (long objects, long bytes)) in events.Totals)
            {
                sink.Add([names.TypeFrame(type)], objects, bytes);
            }
        }

        (long unnamed, long unnamedBytes) = events.Unnamed;
        return new HeapTotals(pause, 0, merged, IsByEvents: true, UnnamedObjects: unnamed, UnnamedBytes: unnamedBytes);
    }

    /// <summary>
    /// Whether another look, which stops the process once more, would bring what this one lacks: a large part of the heap, or
    /// names. A type without one has none the next time either, unless the runtime had told another session of it, and that
    /// has ended since.
    /// </summary>
    private static bool MayTellMore(HeapEvents events, bool mayLackTypes)
    {
        if (!events.AsksForNames && events.Types.LackNames)
        {
            // Reflection does not keep what it kept in the runtimes that this was tried with.
            s_asksForNames = true;
            return true;
        }

        GCMemoryInfo last = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return events.Totals.Values.Sum(static total => total.Bytes) < (last.HeapSizeBytes - last.FragmentedBytes) / 2
            || (mayLackTypes && events.Unnamed.Objects > 0 && !RuntimeRequests.MayHave(RuntimeProvider.TypeKeyword));
    }

    /// <summary>Has the runtime tell of its heap.</summary>
    /// <param name="cancellation">Nobody wants it any more.</param>
    /// <param name="mayLackTypes">Whether it may have told another of some types already.</param>
    private HeapEvents Collect(CancellationToken cancellation, out bool mayLackTypes)
    {
        cancellation.ThrowIfCancellationRequested();
        mayLackTypes = RuntimeRequests.MayHave(RuntimeProvider.TypeKeyword);

        // A session of its own: in the one of all others a collection would begin whenever somebody comes or goes.
        var session = new SharedEventSession((int)Math.Max(LeastMegabytes, (HeapBytes >> 20) * MegabytesOfMegabyte));
        var events = new HeapEvents(paths, s_asksForNames);
        long start = Stopwatch.GetTimestamp();
        bool hasEnded;
        try
        {
            using (EventSubscription subscription = session.Join(events, events.Request))
            {
                while (!events.IsComplete)
                {
                    session.Flush(s_flushTimeout);
                    cancellation.ThrowIfCancellationRequested();
                    if (subscription.Failure is { } failure)
                    {
                        throw new SnapshotException($"the runtime's events of the heap could not be read: {failure}");
                    }

                    if (Stopwatch.GetElapsedTime(start) > s_patience)
                    {
                        throw new SnapshotException("the runtime did not tell of its heap in time; ask again when the machine is less busy");
                    }
                }
            }
        }
        catch (IOException e)
        {
            throw new SnapshotException($"the runtime gives no events of its heap: {e.Message}");
        }
        finally
        {
            // The reader, which has written what is read from here on, has ended then. So has that of a look which nobody wants
            // any more, before the next begins: of the types that it is told of the next is not.
            hasEnded = session.Settle(s_patience);
            if (hasEnded)
            {
                events.Types.Keep(events.IsComplete ? events.Totals.Keys : null, RuntimeRequests.MayHave(RuntimeProvider.TypeKeyword));
            }
        }

        if (!hasEnded)
        {
            throw new SnapshotException("the runtime's events of the heap did not end; ask again when the machine is less busy");
        }

        return events.Lost == 0 ? events : throw new SnapshotException(
            $"the runtime had no room for {events.Lost} of its events of the heap; raise SnapshotResidentLimit or let the process be copied, or give it more memory");
    }
}

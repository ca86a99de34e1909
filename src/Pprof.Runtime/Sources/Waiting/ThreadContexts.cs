using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The contexts (<see cref="SynchronizationContext"/>) of threads that wait. What is to go on in one that a single thread has
/// as its own waits for that thread.
/// </summary>
internal sealed class ThreadContexts
{
    // The runtime's object for the thread, in the class library's.
    private static readonly int s_thread = ClassLibrary.Place(typeof(Thread), "_DONT_USE_InternalThread");
    private static readonly int s_context = ClassLibrary.Place(typeof(Thread), "_synchronizationContext");
    private static readonly ulong s_default = ClassLibrary.MethodTable(typeof(SynchronizationContext));

    private readonly Dictionary<ulong, CopiedThread> _byContext = [];

    /// <summary>Reads them.</summary>
    /// <param name="snapshot">The heap.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="known">The class library's objects for threads.</param>
    public ThreadContexts(HeapSnapshot snapshot, CopiedThreads threads, KnownObjects known)
    {
        if (s_thread < 0 || s_context < 0)
        {
            return;
        }

        var waiting = threads.Waiting.ToDictionary(static thread => thread.Address);
        HashSet<ulong> shared = [];
        foreach (ulong thread in known.Threads)
        {
            ulong context = snapshot.Memory.Read<ulong>(thread + (ulong)s_context);
            ulong address = snapshot.Memory.Read<ulong>(thread + (ulong)s_thread);

            // A context that is nothing but the base class queues to the pool. One of a thread that has ended is nobody's.
            if (context == 0 || threads.ByAddress(address) is null || (snapshot.Memory.Read<ulong>(context) & ~7UL) == s_default)
            {
                continue;
            }

            if (!shared.Add(context))
            {
                _byContext.Remove(context);
            }
            else if (waiting.TryGetValue(address, out CopiedThread? holder))
            {
                _byContext.Add(context, holder);
            }
        }
    }

    /// <summary>The contexts, each with the only thread that has it; of threads that wait.</summary>
    public IReadOnlyDictionary<ulong, CopiedThread> All => _byContext;
}

using Pprof.Sources.Snapshot;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The contexts (<see cref="SynchronizationContext"/>) of threads that wait. What is to go on in one that a single thread has
/// as its own, and whose own code stands on the stack of that thread alone, waits for that thread: others may be emptied by any
/// thread. A thread that has another of the same class as its own runs that code for that one, where nothing on its stack leads
/// to the first. A thread that runs may empty it where anything in the memory of its stack leads to it.
/// </summary>
internal sealed class ThreadContexts
{
    // A context has few.
    private const int MaxFields = 64;

    private static readonly ulong s_default = ClassLibrary.MethodTable(typeof(SynchronizationContext));

    private readonly Dictionary<ulong, CopiedThread> _byContext = [];

    /// <summary>Reads them.</summary>
    /// <param name="snapshot">The heap.</param>
    /// <param name="threads">The threads.</param>
    /// <param name="known">The class library's objects for threads.</param>
    public ThreadContexts(HeapCopy snapshot, CopiedThreads threads, KnownObjects known)
    {
        if (ContextPlaces.Instance is not { } places)
        {
            return;
        }

        var waiting = threads.Waiting.ToDictionary(static thread => thread.SystemId);
        HashSet<ulong> shared = [];
        HashSet<ulong> within = [];
        ulong[] fields = new ulong[MaxFields];
        foreach (ulong thread in known.Threads)
        {
            ulong context = snapshot.Memory.Read<ulong>(thread + (ulong)places.OfThread);
            int? systemId = threads.ByObject(thread);

            // A context that is nothing but the base class queues to the pool. One of a thread that has ended is nobody's.
            if (context == 0 || (systemId is null && threads.AreAllKnown) || (snapshot.Memory.Read<ulong>(context) & ~7UL) == s_default)
            {
                continue;
            }

            within.UnionWith(CopiedWords.Of(snapshot, context, fields).ToArray());
            if (!shared.Add(context))
            {
                _byContext.Remove(context);
            }
            else if (systemId is { } id && waiting.TryGetValue(id, out CopiedThread? holder))
            {
                _byContext.Add(context, holder);
            }
        }

        HashSet<(CopiedThread Thread, ulong Table)> holders =
            [.. _byContext.Select(context => (context.Value, snapshot.Memory.Read<ulong>(context.Key) & ~7UL))];
        var reach = new Lazy<StackReach>(() => new StackReach(snapshot));

        // A thread can have one that passes things on to another, for a time. Who empties that other may be any thread.
        HashSet<ulong> contexts = [];
        foreach ((ulong methodTable, Type type) in _byContext.Count == 0 ? [] : snapshot.KnownTypes)
        {
            if (typeof(SynchronizationContext).IsAssignableFrom(type))
            {
                contexts.Add(methodTable);
            }
        }

        foreach (ulong context in _byContext.Keys.Where(context => within.Contains(context) || PassesOn(context) || IsOfPool(context) || !IsEmptied(context)).ToList())
        {
            _byContext.Remove(context);
        }

        bool PassesOn(ulong context)
        {
            foreach (ulong word in CopiedWords.Of(snapshot, context, fields))
            {
                if (word != context && contexts.Contains(CopiedWords.TableOf(snapshot, word)))
                {
                    return true;
                }
            }

            return false;
        }

        // A thread of the pool runs what a context has queued to that, be it by others.
        bool IsOfPool(ulong context) =>
            snapshot.TypeOf(snapshot.Memory.Read<ulong>(context) & ~7UL) is { } own
            && _byContext[context] is var holder
            && (holder.WorkOfPool is { } work && IsOf(work, own) || holder.Methods.LastOrDefault(method => IsOf(method, own)) is { } outermost && IsOf(outermost, own, nameof(SynchronizationContext.Post)));

        bool IsEmptied(ulong context)
        {
            CopiedThread holder = _byContext[context];
            ulong table = snapshot.Memory.Read<ulong>(context) & ~7UL;
            return snapshot.TypeOf(table) is { } own
                && RunsAround(holder, own)
                && !threads.Waiting.Any(thread => thread != holder && MayEmpty(thread, own, isFor: holders.Contains((thread, table))))
                && !threads.RunningStacks.Exists(stack => stack is null || reach.Value.Has(stack, context));

            // With one of the same class as its own it runs that code for that one.
            bool MayEmpty(CopiedThread thread, Type type, bool isFor) =>
                Runs(thread, type) && !isFor || RunsAround(thread, type) && reach.Value.Has(thread, context);
        }
    }

    /// <summary>The contexts, each with the only thread that has it; of threads that wait.</summary>
    public IReadOnlyDictionary<ulong, CopiedThread> All => _byContext;

    /// <summary>It is nested in the class that empties it as often as not.</summary>
    private static bool RunsAround(CopiedThread thread, Type own)
    {
        for (Type? type = own; type is not null; type = type.DeclaringType)
        {
            if (Runs(thread, type))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Runs(CopiedThread thread, Type type) => thread.Methods.Any(method => IsOf(method, type));

    private static bool IsOf(string method, Type type, string name = "") =>
        method.StartsWith($"{TypeName.Of(type.FullName ?? type.Name)}.{name}", StringComparison.Ordinal);
}

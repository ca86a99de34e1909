using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>
/// Finds the operations that stand in a queue to be gone on with, whatever its form: what an object leads to is followed, word
/// by word, to the delegates that go on with operations. The operations themselves lead to theirs too, and are not followed.
/// </summary>
/// <param name="snapshot">The heap.</param>
/// <param name="operations">The operations.</param>
internal sealed class ContinuationSearch(HeapCopy snapshot, SuspendedOperations operations)
{
    // A queue is near what owns it, and that leads to half of the heap.
    private const int MaxObjects = 20_000;
    private const int MaxWords = 8192;

    private readonly HashSet<ulong> _tables = TablesIn(snapshot);
    private readonly Dictionary<ulong, Kind> _kinds = [];
    private readonly ulong[] _words = new ulong[MaxWords];

    private enum Kind
    {
        Ends,
        Leads,
        GoesOn,
    }

    /// <summary>The tables of the types of which there are objects.</summary>
    public static HashSet<ulong> TablesIn(HeapCopy snapshot)
    {
        HashSet<ulong> tables = [];
        foreach (HeapType type in snapshot.Types)
        {
            if (type.Count > 0 && type.MethodTable != snapshot.FreeMethodTable)
            {
                tables.Add(type.MethodTable);
            }
        }

        return tables;
    }

    /// <summary>The operations that delegates go on with to which an object leads.</summary>
    public HashSet<AsyncOperation> From(ulong holder)
    {
        HashSet<AsyncOperation> found = [];
        HashSet<ulong> seen = [holder];
        Queue<(ulong Address, Kind Kind)> next = new([(holder, Kind.Leads)]);
        while (next.TryDequeue(out (ulong Address, Kind Kind) from))
        {
            snapshot.Patience.Check();
            foreach (ulong word in CopiedWords.Of(snapshot, from.Address, _words))
            {
                if (operations.Find(word) is { } operation)
                {
                    if (from.Kind == Kind.GoesOn)
                    {
                        found.Add(operation);
                    }
                }
                else if (IsObject(word, out ulong table) && KindOf(table) is var kind and not Kind.Ends && seen.Count < MaxObjects && seen.Add(word))
                {
                    next.Enqueue((word, kind));
                }
            }
        }

        return found;
    }

    private bool IsObject(ulong word, out ulong table)
    {
        table = CopiedWords.TableOf(snapshot, word);
        return table != 0 && _tables.Contains(table);
    }

    private Kind KindOf(ulong table)
    {
        if (!_kinds.TryGetValue(table, out Kind kind))
        {
            kind = KindOf(snapshot.TypeOf(table));
            _kinds.Add(table, kind);
        }

        return kind;
    }

    /// <summary>Another context has a queue of its own, and a thread leads to its context; types and texts lead nowhere.</summary>
    private static Kind KindOf(Type? type) =>
        type is null ? Kind.Leads
        : typeof(Delegate).IsAssignableFrom(type) ? Kind.GoesOn
        : typeof(SynchronizationContext).IsAssignableFrom(type) || type == typeof(Thread) || type == typeof(string)
            || typeof(Type).IsAssignableFrom(type) || type is { IsArray: true } && type.GetElementType() is { IsPrimitive: true } ? Kind.Ends
        : Kind.Leads;
}

using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>What stacks refer to, and what the objects refer to to which they do.</summary>
/// <param name="snapshot">The heap.</param>
internal sealed class StackReach(HeapCopy snapshot)
{
    // What leads to a queue is small.
    private const int MaxFields = 64;

    private readonly HashSet<ulong> _tables = ContinuationSearch.TablesIn(snapshot);
    private readonly Dictionary<object, HashSet<ulong>> _byStack = [];
    private readonly ulong[] _fields = new ulong[MaxFields];

    /// <summary>Whether the stack of a thread leads to an object, or to one that it has in a field.</summary>
    public bool Has(CopiedThread thread, ulong address) => Has(Of(thread, thread.Stack), address);

    /// <summary>The same of words that were a stack.</summary>
    public bool Has(nuint[] stack, ulong address) => Has(Of(stack, stack), address);

    private bool Has(HashSet<ulong> reached, ulong address)
    {
        if (reached.Contains(address))
        {
            return true;
        }

        foreach (ulong field in CopiedWords.Of(snapshot, address, _fields))
        {
            if (reached.Contains(field))
            {
                return true;
            }
        }

        return false;
    }

    private HashSet<ulong> Of(object key, ReadOnlySpan<nuint> stack)
    {
        if (!_byStack.TryGetValue(key, out HashSet<ulong>? reached))
        {
            _byStack.Add(key, reached = []);
            HashSet<ulong> seen = [];
            foreach (nuint word in stack)
            {
                if (IsObject(word) && seen.Add(word))
                {
                    reached.Add(word);
                    AddFields(reached, word);
                }
            }
        }

        return reached;
    }

    private void AddFields(HashSet<ulong> reached, ulong address)
    {
        foreach (ulong field in CopiedWords.Of(snapshot, address, _fields))
        {
            if (IsObject(field))
            {
                reached.Add(field);
            }
        }
    }

    private bool IsObject(ulong word) => _tables.Contains(CopiedWords.TableOf(snapshot, word));
}

using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>What delegates and work items call, by name. Not safe for concurrent use.</summary>
internal abstract class MethodNames(HeapCopy snapshot, SuspendedOperations operations, OperationFrames frames)
{
    private readonly Dictionary<ulong, string?> _methods = [];

    /// <summary>The method that a work item calls; of what calls none the type.</summary>
    public string OfWorkItem(ulong item)
    {
        snapshot.Patience.Check();
        if (operations.Find(item) is { } operation)
        {
            return frames.NameOf(operation);
        }

        ulong methodTable = snapshot.Memory.Read<ulong>(item) & ~7UL;
        return OfDelegate(CalledBy(item, methodTable)) ?? TypeOf(methodTable);
    }

    /// <summary>The delegate that a work item of this type calls; 0 where it calls none, or more than one.</summary>
    protected abstract ulong CalledBy(ulong item, ulong methodTable);

    /// <summary>The object whose method a delegate calls, and the code of the method; 0 where they are not known.</summary>
    protected abstract (ulong Target, ulong Code) PartsOf(ulong called);

    /// <summary>The name of the method with this code; null where it is not known.</summary>
    protected abstract string? MethodAt(ulong code);

    /// <summary>The name of a type.</summary>
    public abstract string TypeOf(ulong methodTable);

    private string? OfDelegate(ulong called)
    {
        if (called == 0)
        {
            return null;
        }

        (ulong target, ulong code) = PartsOf(called);

        // The delegate that goes on with an asynchronous method.
        if (operations.Find(target) is { } operation)
        {
            return frames.NameOf(operation);
        }

        if (!_methods.TryGetValue(code, out string? name))
        {
            name = code == 0 ? null : MethodAt(code);
            _methods.Add(code, name);
        }

        return name;
    }
}

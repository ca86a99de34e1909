using System.Reflection;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Waiting;

/// <summary>What delegates and work items call, by name. Not safe for concurrent use.</summary>
internal sealed class MethodNames(HeapSnapshot snapshot, SuspendedOperations operations, OperationFrames frames, HeapNames types)
{
    private static readonly int s_target = ClassLibrary.Place(typeof(Delegate), "_target");
    private static readonly int s_code = ClassLibrary.Place(typeof(Delegate), "_methodPtr");
    private static readonly int s_codeOfStatic = ClassLibrary.Place(typeof(Delegate), "_methodPtrAux");

    // What a work item calls, by the names of the fields that the class library has in its kinds of them.
    private static readonly string[] s_calls = ["m_action", "_callback", "_timerCallback"];

    private readonly Dictionary<ulong, string?> _methods = [];
    private readonly Dictionary<ulong, int> _places = [];

    /// <summary>The method that a work item calls; of what calls none the type.</summary>
    public string OfWorkItem(ulong item)
    {
        if (operations.Find(item) is { } operation)
        {
            return frames.NameOf(operation);
        }

        ulong methodTable = snapshot.Memory.Read<ulong>(item) & ~7UL;
        if (!_places.TryGetValue(methodTable, out int place))
        {
            place = PlaceOfCall(methodTable);
            _places.Add(methodTable, place);
        }

        return (place < 0 ? null : OfDelegate(snapshot.Memory.Read<ulong>(item + (ulong)place))) ?? types.Of(methodTable);
    }

    /// <summary>The method that a delegate calls; null where that is not known.</summary>
    public string? OfDelegate(ulong called)
    {
        if (called == 0 || s_target < 0 || s_code < 0 || s_codeOfStatic < 0)
        {
            return null;
        }

        // The delegate that goes on with an asynchronous method.
        if (operations.Find(snapshot.Memory.Read<ulong>(called + (ulong)s_target)) is { } operation)
        {
            return frames.NameOf(operation);
        }

        ulong code = snapshot.Memory.Read<ulong>(called + (ulong)s_codeOfStatic);
        code = code != 0 ? code : snapshot.Memory.Read<ulong>(called + (ulong)s_code);
        if (!_methods.TryGetValue(code, out string? name))
        {
            ulong method = code == 0 ? 0 : snapshot.Dac.MethodAt(code);
            name = method == 0 ? null : OfMethod(method);
            _methods.Add(code, name);
        }

        return name;
    }

    private string? OfMethod(ulong method)
    {
        if (!snapshot.Dac.IsCollectibleMethod(method))
        {
            try
            {
                if (MethodBase.GetMethodFromHandle(RuntimeMethodHandle.FromIntPtr((nint)method)) is { } known)
                {
                    return MethodName.Of(known).Name;
                }
            }
            catch (ArgumentException)
            {
                // Of a generic type, which the handle does not tell.
            }
        }

        string? name = snapshot.Dac.NameOfMethod(method);
        return name is not null && name.IndexOf('(') is > 0 and int end ? name[..end] : name;
    }

    private int PlaceOfCall(ulong methodTable)
    {
        Type? type = methodTable == 0 || snapshot.Dac.IsCollectible(methodTable) ? null : ObjectFields.TypeOf(methodTable);
        foreach (string field in s_calls)
        {
            int place = type?.Assembly == typeof(object).Assembly ? ClassLibrary.Place(type, field) : -1;
            if (place >= 0)
            {
                return place;
            }
        }

        return -1;
    }
}

using System.Reflection;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Waiting;

/// <summary>What is called, by the names of fields and by what the data access component tells of code.</summary>
internal sealed class DescribedMethodNames(HeapSnapshot snapshot, SuspendedOperations operations, OperationFrames frames, HeapNames types)
    : MethodNames(snapshot, operations, frames)
{
    private static readonly int s_target = ClassLibrary.Place(typeof(Delegate), "_target");
    private static readonly int s_code = ClassLibrary.Place(typeof(Delegate), "_methodPtr");
    private static readonly int s_codeOfStatic = ClassLibrary.Place(typeof(Delegate), "_methodPtrAux");

    // What a work item calls, by the names of the fields that the class library has in its kinds of them.
    private static readonly string[] s_calls = ["m_action", "_callback", "_timerCallback"];

    private readonly HeapSnapshot _snapshot = snapshot;
    private readonly Dictionary<ulong, int> _places = [];

    /// <inheritdoc/>
    protected override ulong CalledBy(ulong item, ulong methodTable)
    {
        if (!_places.TryGetValue(methodTable, out int place))
        {
            place = PlaceOfCall(methodTable);
            _places.Add(methodTable, place);
        }

        return place < 0 ? 0 : _snapshot.Memory.Read<ulong>(item + (ulong)place);
    }

    /// <inheritdoc/>
    protected override (ulong Target, ulong Code) PartsOf(ulong called)
    {
        if (s_target < 0 || s_code < 0 || s_codeOfStatic < 0)
        {
            return default;
        }

        ulong code = _snapshot.Memory.Read<ulong>(called + (ulong)s_codeOfStatic);
        return (_snapshot.Memory.Read<ulong>(called + (ulong)s_target), code != 0 ? code : _snapshot.Memory.Read<ulong>(called + (ulong)s_code));
    }

    /// <inheritdoc/>
    protected override string? MethodAt(ulong code) => _snapshot.Dac.MethodAt(code) is ulong method and not 0 ? OfMethod(method) : null;

    /// <inheritdoc/>
    public override string TypeOf(ulong methodTable) => types.Of(methodTable);

    private string? OfMethod(ulong method)
    {
        if (!_snapshot.Dac.IsCollectibleMethod(method))
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

        string? name = _snapshot.Dac.NameOfMethod(method);
        return name is not null && name.IndexOf('(') is > 0 and int end ? name[..end] : name;
    }

    private int PlaceOfCall(ulong methodTable)
    {
        Type? type = methodTable == 0 || _snapshot.Dac.IsCollectible(methodTable) ? null : ObjectFields.TypeOf(methodTable);
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

using System.Reflection;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations;

/// <summary>
/// Follows what a task calls when it has completed to the objects that keep state machines: through delegates, lists, and the
/// tasks that wrap or combine others.
/// </summary>
/// <param name="snapshot">The heap.</param>
internal sealed class Continuations(HeapSnapshot snapshot)
{
    private const int MaxDepth = 12;
    private const int MaxListed = 1 << 20;
    private const int ArrayHeader = 16;

    private static readonly string[] s_ofDelegate = ["_target"];
    private static readonly string[] s_ofTask = ["m_continuationObject"];
    private static readonly string[] s_ofOthers = ["_innerTask", "_continuation", "m_task", "m_action"];

    private readonly Dictionary<ulong, Step> _steps = [];
    private readonly (int Items, int Size) _list = (Place(typeof(List<object>), "_items"), Place(typeof(List<object>), "_size"));

    /// <summary>Where a task keeps what it calls.</summary>
    public int OfTask { get; } = Place(typeof(Task), "m_continuationObject");

    /// <summary>Calls <paramref name="found"/> with each object that may keep a state machine, and with whether it awaits others too.</summary>
    public void Follow(ulong continuation, Action<ulong, bool> found) => Follow(continuation, found, isCombined: false, 0);

    private void Follow(ulong address, Action<ulong, bool> found, bool isCombined, int depth)
    {
        ulong methodTable = address == 0 || depth > MaxDepth ? 0 : snapshot.Memory.Read<ulong>(address);
        if (methodTable == 0)
        {
            return;
        }

        if (!_steps.TryGetValue(methodTable, out Step step))
        {
            step = snapshot.Dac.IsCollectible(methodTable) ? default : StepOf(ObjectFields.TypeOf(methodTable));
            _steps.Add(methodTable, step);
        }

        switch (step.Kind)
        {
            case StepKind.Ends:
                found(address, isCombined);
                break;
            case StepKind.Lists:
                FollowList(address, found, isCombined, depth);
                break;
            default:
                foreach (int place in step.Places!)
                {
                    if (snapshot.Memory.Read<ulong>(address + (ulong)place) is ulong next and not 0)
                    {
                        Follow(next, found, isCombined || step.Kind == StepKind.Combines, depth + 1);
                        break;
                    }
                }

                break;
        }
    }

    private void FollowList(ulong address, Action<ulong, bool> found, bool isCombined, int depth)
    {
        ulong items = snapshot.Memory.Read<ulong>(address + (ulong)_list.Items);
        int count = Math.Min(snapshot.Memory.Read<int>(address + (ulong)_list.Size), MaxListed);
        for (int i = 0; i < count; i++)
        {
            Follow(snapshot.Memory.Read<ulong>(items + ArrayHeader + (8 * (ulong)i)), found, isCombined, depth + 1);
        }
    }

    private static Step StepOf(Type? type)
    {
        if (type is null || StateMachineShape.IsBox(type))
        {
            return default;
        }

        if (type == typeof(List<object>))
        {
            return new Step(StepKind.Lists, null);
        }

        string[] names = typeof(Delegate).IsAssignableFrom(type) ? s_ofDelegate
            : typeof(Task).IsAssignableFrom(type) ? s_ofTask
            : s_ofOthers;
        int[] places = [.. names
            .Select(name => ObjectFields.Find(type, name))
            .OfType<FieldInfo>()
            .Where(static field => !field.FieldType.IsValueType)
            .Select(static field => ObjectFields.Header + ObjectFields.OffsetOf(field))];
        bool combines = AwaitedObject.OfType(type) is AwaitedObject.All or AwaitedObject.Any;
        return places.Length == 0 ? default : new Step(combines ? StepKind.Combines : StepKind.Leads, places);
    }

    private static int Place(Type type, string field) =>
        ObjectFields.Find(type, field) is { } found
            ? ObjectFields.Header + ObjectFields.OffsetOf(found)
            : throw new SnapshotException($"this version of the class library keeps no {type.Name}.{field}, by which asynchronous operations are found");

    private enum StepKind
    {
        Ends,
        Leads,
        Combines,
        Lists,
    }

    /// <param name="Kind">Where an object of a type leads to.</param>
    /// <param name="Places">The references to try, one after the other.</param>
    private readonly record struct Step(StepKind Kind, int[]? Places);
}

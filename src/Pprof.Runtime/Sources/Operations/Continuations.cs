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

    /// <summary>
    /// Calls <paramref name="found"/> with each object that may keep a state machine, and with whether it awaits others too,
    /// while it answers that it wants more.
    /// </summary>
    /// <param name="continuation">What a task calls.</param>
    /// <param name="found">Gets the objects.</param>
    /// <param name="followed">
    /// What combines tasks, and led nowhere that <paramref name="found"/> had enough with: for those who follow many tasks, of
    /// which thousands may be combined.
    /// </param>
    public void Follow(ulong continuation, Func<ulong, bool, bool> found, HashSet<ulong> followed) =>
        Follow(continuation, found, followed, isCombined: false, 0);

    private bool Follow(ulong address, Func<ulong, bool, bool> found, HashSet<ulong> followed, bool isCombined, int depth)
    {
        snapshot.Patience.Check();
        ulong methodTable = address == 0 || depth > MaxDepth ? 0 : snapshot.Memory.Read<ulong>(address);
        if (methodTable == 0)
        {
            return true;
        }

        if (!_steps.TryGetValue(methodTable, out Step step))
        {
            step = snapshot.Dac.IsCollectible(methodTable) ? default : StepOf(ObjectFields.TypeOf(methodTable));
            _steps.Add(methodTable, step);
        }

        switch (step.Kind)
        {
            case StepKind.Ends:
                return found(address, isCombined);
            case StepKind.Lists:
                return FollowList(address, found, followed, isCombined, depth);
            case StepKind.Combines:
                if (!followed.Contains(address))
                {
                    if (!FollowFirst(address, step.Places!, found, followed, isCombined: true, depth))
                    {
                        return false;
                    }

                    followed.Add(address);
                }

                return true;
            default:
                return FollowFirst(address, step.Places!, found, followed, isCombined, depth);
        }
    }

    private bool FollowFirst(ulong address, int[] places, Func<ulong, bool, bool> found, HashSet<ulong> followed, bool isCombined, int depth)
    {
        foreach (int place in places)
        {
            if (snapshot.Memory.Read<ulong>(address + (ulong)place) is ulong next and not 0)
            {
                return Follow(next, found, followed, isCombined, depth + 1);
            }
        }

        return true;
    }

    private bool FollowList(ulong address, Func<ulong, bool, bool> found, HashSet<ulong> followed, bool isCombined, int depth)
    {
        ulong items = snapshot.Memory.Read<ulong>(address + (ulong)_list.Items);
        int count = Math.Min(snapshot.Memory.Read<int>(address + (ulong)_list.Size), MaxListed);
        for (int i = 0; i < count; i++)
        {
            if (!Follow(snapshot.Memory.Read<ulong>(items + ArrayHeader + (8 * (ulong)i)), found, followed, isCombined, depth + 1))
            {
                return false;
            }
        }

        return true;
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
            .Where(static field => ObjectFields.TypeOf(field) is not { IsValueType: true })
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

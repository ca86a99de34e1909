using System.Reflection;
using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Operations;

/// <summary>
/// Follows what a task calls when it has completed to the objects that keep state machines: through delegates, lists, and the
/// tasks that wrap or combine others.
/// </summary>
/// <param name="snapshot">The heap.</param>
internal sealed class Continuations(HeapCopy snapshot)
{
    private const int MaxDepth = 12;
    private const int MaxListed = 1 << 20;
    private const int ArrayHeader = 16;

    private static readonly string[] s_ofDelegate = ["_target"];
    private static readonly string[] s_ofTask = ["m_continuationObject"];
    private static readonly string[] s_ofOthers = ["_innerTask", "_continuation", "m_task", "m_action"];

    private readonly Dictionary<ulong, Step> _steps = [];
    private readonly (int Items, int Size) _list = ManagedRuntime.IsCoreClr
        ? (Place(typeof(List<object>), "_items"), Place(typeof(List<object>), "_size"))
        : (Known.ListItems, Known.ListSize);

    /// <summary>Where a task keeps what it calls.</summary>
    public int OfTask { get; } = ManagedRuntime.IsCoreClr ? Place(typeof(Task), "m_continuationObject") : Known.TaskContinuation;

    private static KnownPlaces Known => KnownPlaces.Instance ?? throw new SnapshotException("this version of the class library keeps asynchronous operations in another way than is known");

    /// <summary>Whether objects of a type stand between a task and what it calls.</summary>
    public static bool IsContinuation(Type type) =>
        type.Assembly == typeof(Task).Assembly
        && (type.Name.EndsWith("TaskContinuation", StringComparison.Ordinal) || type.Name == "ContinuationWrapper");

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
            Type? type = snapshot.TypeOf(methodTable);
            step = ManagedRuntime.IsCoreClr ? StepOf(type) : StepOf(type, methodTable);
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
            case StepKind.Searches:
                return FollowFirst(address, Calling(address, step.Places!), found, followed, isCombined, depth);
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
        return places.Length == 0 ? default : new Step(Combines(type) ? StepKind.Combines : StepKind.Leads, places);
    }

    /// <summary>The same where fields have no names.</summary>
    private static Step StepOf(Type? type, ulong table) =>
        type is null || StateMachineShape.IsBox(type) ? default
        : type == typeof(List<object>) ? new Step(StepKind.Lists, null)
        : typeof(Delegate).IsAssignableFrom(type) ? new Step(StepKind.Leads, [Known.DelegateTarget])
        : typeof(Task).IsAssignableFrom(type) ? new Step(Combines(type) ? StepKind.Combines : StepKind.Leads, [Known.TaskContinuation])
        : IsContinuation(type) ? new Step(StepKind.Searches, ObjectTable.ReferencesOf(table))
        : default;

    private static bool Combines(Type type) => AwaitedObject.OfType(type) is AwaitedObject.All or AwaitedObject.Any;

    /// <summary>Of the references of what stands between a task and what it calls that to a task, or else to a delegate.</summary>
    private int[] Calling(ulong address, int[] places)
    {
        int[] tasks = OfType(typeof(Task));
        return tasks.Length > 0 ? tasks : OfType(typeof(Delegate));

        int[] OfType(Type type) => [.. places.Where(place =>
            snapshot.Memory.Read<ulong>(address + (ulong)place) is ulong next and not 0
            && type.IsAssignableFrom(snapshot.TypeOf(snapshot.Memory.Read<ulong>(next) & ~7UL)))];
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
        Searches,
    }

    /// <param name="Kind">Where an object of a type leads to.</param>
    /// <param name="Places">The references to try, one after the other.</param>
    private readonly record struct Step(StepKind Kind, int[]? Places);
}

using System.Reflection;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations;

/// <summary>
/// Where the objects that keep the state machines of one asynchronous method have what is of interest: places from the
/// beginning of the object, or of the state machine where that is an object of its own, as in programs that are compiled for
/// debugging.
/// </summary>
internal sealed class StateMachineShape
{
    /// <summary>What compilers write into the state while the method runs.</summary>
    public const int Running = -1;

    /// <summary>What they write when it has completed.</summary>
    public const int Completed = -2;

    private const string StateField = "<>1__state";
    private const string AwaiterPrefix = "<>u__";
    private const int MaxDepth = 6;

    private StateMachineShape(Type box, Type machine, FieldInfo field)
    {
        Machine = machine;
        IsTask = typeof(Task).IsAssignableFrom(box);
        MachinePlace = ObjectFields.Header + ObjectFields.OffsetOf(field);
        IsMachineObject = !machine.IsValueType;
        ContextPlace = ObjectFields.Find(box, "Context") is { } context ? ObjectFields.Header + ObjectFields.OffsetOf(context) : -1;
        int start = IsMachineObject ? ObjectFields.Header : MachinePlace;
        foreach (FieldInfo own in ObjectFields.Own(machine))
        {
            if (own.Name == StateField)
            {
                StatePlace = start + ObjectFields.OffsetOf(own);
            }
            else if (own.Name.StartsWith(AwaiterPrefix, StringComparison.Ordinal))
            {
                AddReferences(own, start + ObjectFields.OffsetOf(own), 0);
            }
        }
    }

    /// <summary>The type that the compiler made of the method.</summary>
    public Type Machine { get; }

    /// <summary>Whether the object is the operation's task too.</summary>
    public bool IsTask { get; }

    /// <summary>Where the state machine is, or the reference to it.</summary>
    public int MachinePlace { get; }

    /// <summary>Whether the state machine is an object of its own.</summary>
    public bool IsMachineObject { get; }

    /// <summary>Where the execution context is; negative where there is none.</summary>
    public int ContextPlace { get; }

    /// <summary>Where the number of the await is; negative where the compiler keeps it elsewhere.</summary>
    public int StatePlace { get; } = -1;

    /// <summary>Where the awaiters have references.</summary>
    public List<int> AwaiterPlaces { get; } = [];

    /// <summary>The frames of the method, by the number of the await.</summary>
    public Dictionary<int, nuint> Frames { get; } = [];

    /// <summary>Whether objects of a type keep state machines.</summary>
    public static bool IsBox(Type? type) =>
        type is { IsGenericType: true, IsClass: true } && type.Assembly == typeof(Task).Assembly
        && (type.Name.StartsWith("AsyncStateMachineBox`", StringComparison.Ordinal)
            || type.Name.StartsWith("DebugFinalizableAsyncStateMachineBox`", StringComparison.Ordinal)
            || type.Name.StartsWith("StateMachineBox`", StringComparison.Ordinal));

    /// <summary>The shape of what <paramref name="box"/> keeps; null where its form is not known.</summary>
    public static StateMachineShape? Of(Type box)
    {
        Type machine = box.GetGenericArguments()[^1];
        FieldInfo? field = ObjectFields.Find(box, "StateMachine") ?? ObjectFields.Find(box, "_stateMachine");
        return field is null ? null : new StateMachineShape(box, machine, field);
    }

    /// <summary>An awaiter is a structure around the task, perhaps around others.</summary>
    private void AddReferences(FieldInfo field, int place, int depth)
    {
        if (ObjectFields.TypeOf(field) is not { IsValueType: true } type)
        {
            if (ObjectFields.TypeOf(field) is not { IsPointer: true })
            {
                AwaiterPlaces.Add(place);
            }
        }
        else if (!type.IsPrimitive && !type.IsEnum && depth < MaxDepth)
        {
            foreach (FieldInfo inner in ObjectFields.Own(type))
            {
                AddReferences(inner, place + ObjectFields.OffsetOf(inner), depth + 1);
            }
        }
    }
}

using System.Reflection;
using System.Runtime.CompilerServices;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations;

/// <summary>Finds the shape of state machines by the names of their fields.</summary>
internal static class DescribedShape
{
    private const string StateField = "<>1__state";
    private const string AwaiterPrefix = "<>u__";
    private const int MaxDepth = 6;

    // Where a box that is a task keeps the context from .NET 10 on.
    private const string StateOfTask = "m_stateObject";

    /// <summary>The shape of what <paramref name="box"/> keeps; null where its form is not known.</summary>
    public static StateMachineShape? Of(Type box)
    {
        Type machine = box.GetGenericArguments()[^1];
        if ((ObjectFields.Find(box, "StateMachine") ?? ObjectFields.Find(box, "_stateMachine")) is not { } field)
        {
            return null;
        }

        int place = ObjectFields.Header + ObjectFields.OffsetOf(field);
        int start = machine.IsValueType ? place : ObjectFields.Header;
        int state = -1;
        List<int> awaiters = [];
        bool yields = false;
        string? bare = null;
        foreach (FieldInfo own in ObjectFields.Own(machine))
        {
            if (own.Name == StateField)
            {
                state = start + ObjectFields.OffsetOf(own);
            }
            else if (own.Name.StartsWith(AwaiterPrefix, StringComparison.Ordinal))
            {
                int before = awaiters.Count;
                AddReferences(own, start + ObjectFields.OffsetOf(own), awaiters, 0);
                Type? type = awaiters.Count == before ? ObjectFields.TypeOf(own) : null;
                yields |= type == typeof(YieldAwaitable.YieldAwaiter);
                bare = type?.Name ?? bare;
            }
        }

        return new StateMachineShape
        {
            Machine = machine,
            IsTask = typeof(Task).IsAssignableFrom(box),
            MachinePlace = place,
            ContextPlace = (ObjectFields.Find(box, "Context") ?? ObjectFields.Find(box, StateOfTask)) is { } context ? ObjectFields.Header + ObjectFields.OffsetOf(context) : -1,
            StatePlace = state,
            AwaiterPlaces = awaiters,
            BareAwaiter = yields ? null : bare,
        };
    }

    /// <summary>An awaiter is a structure around the task, perhaps around others.</summary>
    private static void AddReferences(FieldInfo field, int place, List<int> places, int depth)
    {
        if (ObjectFields.TypeOf(field) is not { IsValueType: true } type)
        {
            if (ObjectFields.TypeOf(field) is not { IsPointer: true })
            {
                places.Add(place);
            }
        }
        else if (!type.IsPrimitive && !type.IsEnum && depth < MaxDepth)
        {
            foreach (FieldInfo inner in ObjectFields.Own(type))
            {
                AddReferences(inner, place + ObjectFields.OffsetOf(inner), places, depth + 1);
            }
        }
    }
}

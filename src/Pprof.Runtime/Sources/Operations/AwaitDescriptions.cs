using System.Globalization;
using System.Reflection;
using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Operations;

/// <summary>Says what operations await: a delay, a socket, so many of several tasks. Not safe for concurrent use.</summary>
internal sealed class AwaitDescriptions(HeapCopy snapshot, SuspendedOperations operations)
{
    private readonly Dictionary<ulong, Type?> _types = [];

    /// <summary>What an operation that is suspended awaits.</summary>
    public string Of(AsyncOperation operation)
    {
        if (AwaitedObject.OfMethod($"{operation.Shape.Machine.FullName}") is { } ofMethod)
        {
            return ofMethod;
        }

        if (operation.Awaited == 0)
        {
            // It has given its thread away, and awaits nothing.
            return AwaitedObject.Ready;
        }

        if (operations.Find(operation.Awaited) is { } awaited)
        {
            return awaited.IsSuspended ? AwaitedObject.Task : AwaitedObject.Running;
        }

        if (TypeOf(operation.Awaited) is not { } type)
        {
            return AwaitedObject.Task;
        }

        if (typeof(Task).IsAssignableFrom(type) && SuspendedOperations.IsCompleted(snapshot, operation.Awaited))
        {
            return AwaitedObject.Ready;
        }

        string name = AwaitedObject.OfType(type);
        return name is AwaitedObject.All && RemainingOf(type, operation.Awaited) is int remaining and > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{name} of {remaining}")
            : name;
    }

    /// <summary>How many tasks are not completed of those that are awaited together.</summary>
    private int? RemainingOf(Type type, ulong address)
    {
        if (!ManagedRuntime.IsCoreClr)
        {
            ulong table = snapshot.Memory.Read<ulong>(address) & ~7UL;
            return KnownPlaces.Instance is { Remaining: int place and >= 0 }
                ? snapshot.Memory.Read<int>(address + (ulong)(ObjectTable.SizeOf(ObjectTable.BaseOf(table)) + place))
                : null;
        }

        for (Type? level = type; level is not null && level != typeof(Task); level = level.BaseType)
        {
            foreach (FieldInfo field in ObjectFields.Own(level))
            {
                if (ObjectFields.TypeOf(field) == typeof(int))
                {
                    return snapshot.Memory.Read<int>(address + (ulong)(ObjectFields.Header + ObjectFields.OffsetOf(field)));
                }
            }
        }

        return null;
    }

    private Type? TypeOf(ulong address)
    {
        ulong methodTable = snapshot.Memory.Read<ulong>(address) & ~7UL;
        if (!_types.TryGetValue(methodTable, out Type? type))
        {
            type = snapshot.TypeOf(methodTable);
            _types.Add(methodTable, type);
        }

        return type;
    }
}

using System.Globalization;
using System.Reflection;
using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;
using Pprof.Sources.Waiting;

namespace Pprof.Sources.Operations;

/// <summary>Says what operations await: a delay, a socket, so many of several tasks. Not safe for concurrent use.</summary>
internal sealed class AwaitDescriptions(HeapCopy snapshot, SuspendedOperations operations)
{
    private static readonly int s_size = ManagedRuntime.IsCoreClr ? ClassLibrary.Place(typeof(List<object>), "_size") : KnownPlaces.Instance?.ListSize ?? -1;

    private readonly Dictionary<ulong, Type?> _types = [];
    private readonly Dictionary<ulong, int> _places = [];

    /// <summary>What an operation that is suspended awaits.</summary>
    public string Of(AsyncOperation operation)
    {
        if (AwaitedObject.OfMethod($"{operation.Shape.Machine.FullName}") is { } ofMethod)
        {
            return ofMethod == AwaitedObject.Semaphore && HasTimeout(operation.Awaited) ? AwaitedObject.SemaphoreWithTimeout : ofMethod;
        }

        if (operation.Awaited == 0)
        {
            // Mostly it has given its thread away, and awaits nothing.
            return operation.Shape.BareAwaiter ?? AwaitedObject.Ready;
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
        int? number = name switch
        {
            AwaitedObject.All => RemainingOf(type, operation.Awaited),
            AwaitedObject.Any => NumberOfAny(type, operation.Awaited),
            _ => null,
        };
        return number > 0 ? string.Create(CultureInfo.InvariantCulture, $"{name} of {number}") : name;
    }

    /// <summary>Whether a task that ends with another, or by itself, has a timer that ends it.</summary>
    private bool HasTimeout(ulong address) =>
        address != 0 && TypeOf(address) is { } type && type.Name.StartsWith("CancellationPromise", StringComparison.Ordinal)
        && ReferenceOf(type, address, "_timer", static held => typeof(ITimer).IsAssignableFrom(held)) != 0;

    /// <summary>How many tasks there are of which the first is awaited.</summary>
    private int? NumberOfAny(Type type, ulong address)
    {
        if (type.Name.StartsWith("TwoTask", StringComparison.Ordinal))
        {
            return 2;
        }

        ulong tasks = ReferenceOf(type, address, "_tasks", IsListOfTasks);
        return tasks == 0 || TypeOf(tasks) is not { } list || !IsListOfTasks(list) ? null
            : list.IsArray ? snapshot.Memory.Read<int>(tasks + ClassLibrary.ArrayLength)
            : s_size >= 0 ? snapshot.Memory.Read<int>(tasks + (ulong)s_size)
            : null;
    }

    private static bool IsListOfTasks(Type type) =>
        type.IsArray ? typeof(Task).IsAssignableFrom(type.GetElementType())
        : type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>) && typeof(Task).IsAssignableFrom(type.GetGenericArguments()[0]);

    /// <summary>What the field of a name has; where fields have no names, the only object that it may be. 0 where there is none.</summary>
    private ulong ReferenceOf(Type type, ulong address, string field, Func<Type, bool> isIt)
    {
        ulong table = snapshot.Memory.Read<ulong>(address) & ~7UL;
        if (!ManagedRuntime.IsCoreClr)
        {
            List<ulong> found = [.. ObjectTable.ReferencesOf(table)
                .Select(reference => snapshot.Memory.Read<ulong>(address + (ulong)reference))
                .Where(held => held != 0 && TypeOf(held) is { } known && isIt(known))];
            return found is [var only] ? only : 0;
        }

        if (!_places.TryGetValue(table, out int place))
        {
            place = ClassLibrary.Place(type, field);
            _places.Add(table, place);
        }

        return place < 0 ? 0 : snapshot.Memory.Read<ulong>(address + (ulong)place);
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

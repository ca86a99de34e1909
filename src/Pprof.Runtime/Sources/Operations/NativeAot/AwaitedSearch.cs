using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Threading.Tasks.Sources;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>
/// Finds what an operation awaits among the references that its state machine has, in a NativeAOT program: the task that
/// calls it when it completes, or what else is awaited by a structure.
/// </summary>
internal sealed class AwaitedSearch(HeapCopy snapshot, KnownPlaces places)
{
    private readonly Dictionary<ulong, Kind> _kinds = [];

    /// <summary>The object that it awaits, or 0; and whether it has not completed.</summary>
    /// <param name="shape">What is known of the method.</param>
    /// <param name="fields">The object that has the fields of the state machine.</param>
    /// <param name="box">Where the object is that keeps it.</param>
    public (ulong Awaited, bool IsPending) Find(StateMachineShape shape, ReadOnlySpan<byte> fields, ulong box)
    {
        ulong completed = 0;
        foreach (int place in shape.AwaiterPlaces)
        {
            ulong value = place + sizeof(ulong) <= fields.Length ? MemoryMarshal.Read<ulong>(fields[place..]) : 0;
            if (value == 0 || value == box)
            {
                continue;
            }

            bool isOfStructure = place >= shape.StructuresPlace;
            Kind kind = KindAt(value);
            if (kind == Kind.Task && SuspendedOperations.IsCompleted(snapshot, value))
            {
                completed = isOfStructure && completed == 0 ? value : completed;
            }
            else if (kind == Kind.Task ? IsAwaitedBy(value, box, isOfStructure) : kind == Kind.Source && isOfStructure)
            {
                return (value, true);
            }
        }

        return (completed, false);
    }

    private bool IsAwaitedBy(ulong task, ulong box, bool isOfStructure)
    {
        ulong next = Word(task + (ulong)places.TaskContinuation);
        return next != 0 && KindAt(next) switch
        {
            // To look through the list for each of those that are in it would take too long.
            Kind.List => isOfStructure,
            Kind.Delegate => IsTarget(next, box),
            Kind.Continuation => ObjectTable.ReferencesOf(TableAt(next)).Any(place => IsTarget(Word(next + (ulong)place), box)),
            _ => next == box,
        };
    }

    private bool IsTarget(ulong value, ulong box) =>
        value != 0 && (value == box || (KindAt(value) == Kind.Delegate && Word(value + (ulong)places.DelegateTarget) == box));

    private Kind KindAt(ulong address)
    {
        ulong table = TableAt(address);
        if (!_kinds.TryGetValue(table, out Kind kind))
        {
            kind = KindOf(snapshot.TypeOf(table));
            _kinds.Add(table, kind);
        }

        return kind;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "An interface that the trimmer removed is not awaited by.")]
    private static Kind KindOf(Type? type) =>
        type is null ? Kind.Other
        : typeof(Task).IsAssignableFrom(type) ? Kind.Task
        : typeof(Delegate).IsAssignableFrom(type) ? Kind.Delegate
        : type == typeof(List<object>) ? Kind.List
        : Continuations.IsContinuation(type) ? Kind.Continuation
        : type.GetInterfaces().Any(static contract =>
            contract == typeof(IValueTaskSource) || (contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IValueTaskSource<>))) ? Kind.Source
        : Kind.Other;

    private ulong TableAt(ulong address) => Word(address) & ~7UL;

    private ulong Word(ulong address) => snapshot.Memory.Read<ulong>(address);

    private enum Kind
    {
        Other,
        Task,
        Source,
        Delegate,
        List,
        Continuation,
    }
}

using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Operations.NativeAot;

/// <summary>
/// Finds the shape of state machines in a NativeAOT program, where fields have no names: by where the garbage collector finds
/// references, and by the order in which the compiler lays fields out that may be in any: references, numbers from the
/// largest to the smallest, then structures, each as they stand in the source.
/// </summary>
internal static class CompiledShape
{
    private const int Header = 8;
    private const int Word = 8;

    /// <summary>The shape of what a box keeps.</summary>
    public static StateMachineShape Of(ulong table, Type box)
    {
        Type machine = box.GetGenericArguments()[^1];

        // It is all that a box has of its own.
        int place = ObjectTable.SizeOf(ObjectTable.BaseOf(table));
        ulong holder = machine.IsValueType ? table : (ulong)RuntimeTypeHandle.ToIntPtr(machine.TypeHandle);
        int start = machine.IsValueType ? place : Header;
        int[] references = [.. ObjectTable.ReferencesOf(holder).Where(reference => reference >= start)];
        int direct = 0;
        while (direct < references.Length && references[direct] == start + (direct * Word))
        {
            direct++;
        }

        int[] behind = references[direct..];
        Array.Reverse(behind);
        int numbers = start + (direct * Word);
        int structures = direct < references.Length ? references[direct] : ObjectTable.SizeOf(holder);
        return new StateMachineShape
        {
            Machine = machine,
            IsTask = typeof(Task).IsAssignableFrom(box),
            MachinePlace = place,
            ContextPlace = typeof(Task).IsAssignableFrom(box) ? KnownPlaces.Instance?.TaskState ?? -1 : -1,

            // The state is the first of its size in what the C# compiler makes. Where the word of it is the only one of
            // numbers, no larger number stands before it.
            StatePlace = structures - numbers == Word && machine.Name.StartsWith('<') ? numbers : -1,

            // Awaiters are made last.
            AwaiterPlaces = [.. behind, .. references[..direct]],
            StructuresPlace = structures,
        };
    }
}

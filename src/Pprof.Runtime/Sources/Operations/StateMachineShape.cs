using Pprof.Process;
using Pprof.Sources.Operations.NativeAot;

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

    /// <summary>The type that the compiler made of the method.</summary>
    public required Type Machine { get; init; }

    /// <summary>Whether the object is the operation's task too.</summary>
    public required bool IsTask { get; init; }

    /// <summary>Where the state machine is, or the reference to it.</summary>
    public required int MachinePlace { get; init; }

    /// <summary>Whether the state machine is an object of its own.</summary>
    public bool IsMachineObject => !Machine.IsValueType;

    /// <summary>Where the execution context is; negative where that is not known.</summary>
    public int ContextPlace { get; init; } = -1;

    /// <summary>Where the number of the await is; negative where that is not known.</summary>
    public int StatePlace { get; init; } = -1;

    /// <summary>Where the awaiters have references.</summary>
    public IReadOnlyList<int> AwaiterPlaces { get; init; } = [];

    /// <summary>
    /// The type of an awaiter without any reference, which is not that of <see cref="Task.Yield"/>; null where the method has
    /// none, or that as well.
    /// </summary>
    public string? BareAwaiter { get; init; }

    /// <summary>
    /// In a NativeAOT program, where fields have no names, the place from which on the references are those of structures, as
    /// awaiters are, and variables of the method may be; negative where nothing else is at <see cref="AwaiterPlaces"/>.
    /// </summary>
    public int StructuresPlace { get; init; } = -1;

    /// <summary>The frames of the method, by the number of the await.</summary>
    public Dictionary<int, nuint> Frames { get; } = [];

    /// <summary>Whether objects of a type keep state machines.</summary>
    public static bool IsBox(Type? type) =>
        type is { IsGenericType: true, IsClass: true } && type.Assembly == typeof(Task).Assembly
        && (type.Name.StartsWith("AsyncStateMachineBox`", StringComparison.Ordinal)
            || type.Name.StartsWith("DebugFinalizableAsyncStateMachineBox`", StringComparison.Ordinal)
            || type.Name.StartsWith("StateMachineBox`", StringComparison.Ordinal));

    /// <summary>The shape of what a box keeps; null where its form is not known.</summary>
    public static StateMachineShape? Of(ulong methodTable, Type box) =>
        ManagedRuntime.IsCoreClr ? DescribedShape.Of(box) : CompiledShape.Of(methodTable, box);
}

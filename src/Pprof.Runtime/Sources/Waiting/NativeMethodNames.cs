using Pprof.Sources.Operations;
using Pprof.Sources.Operations.NativeAot;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.NativeAot;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Waiting;

/// <summary>
/// What is called in a NativeAOT program, where fields have no names: by what known tasks and delegates have, and by the names
/// that the program has for stack traces.
/// </summary>
internal sealed class NativeMethodNames(HeapCopy snapshot, SuspendedOperations operations, OperationFrames frames)
    : MethodNames(snapshot, operations, frames)
{
    private readonly HeapCopy _snapshot = snapshot;
    private readonly ManagedSymbols _symbols = ManagedSymbols.Create();
    private readonly Dictionary<ulong, int[]> _references = [];

    /// <inheritdoc/>
    protected override ulong CalledBy(ulong item, ulong methodTable)
    {
        if (_snapshot.TypeOf(methodTable) is not { } type)
        {
            return 0;
        }

        // A task that was made of a method calls other delegates when it completes.
        if (typeof(Task).IsAssignableFrom(type))
        {
            ulong action = CallPlaces.Instance is { } known ? Word(item + (ulong)known.TaskAction) : 0;
            return IsDelegate(action) ? action : 0;
        }

        if (!_references.TryGetValue(methodTable, out int[]? places))
        {
            places = ObjectTable.ReferencesOf(methodTable);
            _references.Add(methodTable, places);
        }

        List<ulong> called = [.. places.Select(place => Word(item + (ulong)place)).Where(IsDelegate)];
        return called is [var only] ? only : 0;
    }

    /// <inheritdoc/>
    protected override (ulong Target, ulong Code) PartsOf(ulong called)
    {
        if (CallPlaces.Instance is not { } places || KnownPlaces.Instance is not { } known)
        {
            return default;
        }

        // One of a static method has itself for its target, and calls by what is between.
        ulong target = Word(called + (ulong)known.DelegateTarget);
        return (target, Word(called + (ulong)(target == called ? places.StaticCode : places.Code)));
    }

    /// <inheritdoc/>
    protected override string? MethodAt(ulong code) => CallPlaces.NameOf(_symbols, code);

    /// <inheritdoc/>
    public override string TypeOf(ulong methodTable) =>
        _snapshot.TypeOf(methodTable) is { } type ? TypeName.Of(type.FullName ?? type.Name) : "an object of the runtime's";

    private bool IsDelegate(ulong address) =>
        address != 0 && typeof(Delegate).IsAssignableFrom(_snapshot.TypeOf(_snapshot.Memory.Read<ulong>(address) & ~7UL));

    private ulong Word(ulong address) => _snapshot.Memory.Read<ulong>(address);
}

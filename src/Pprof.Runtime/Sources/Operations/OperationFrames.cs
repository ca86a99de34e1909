using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Pprof.Process;
using Pprof.Symbols;
using Pprof.Symbols.CoreClr;
using Pprof.Symbols.Managed;
using Pprof.Symbols.NativeAot;

namespace Pprof.Sources.Operations;

/// <summary>The methods of operations, as frames and by name. Not safe for concurrent use.</summary>
internal sealed class OperationFrames : IDisposable
{
    private const string MoveNext = "MoveNext";

    private readonly AwaitLines _lines = new();

    /// <summary>The name of the method.</summary>
    public string NameOf(AsyncOperation operation) => NamedFrames.Instance.Resolve(FrameOf(operation))?.Name ?? operation.Shape.Machine.Name;

    /// <summary>The frame of the method, at the line of the await.</summary>
    public nuint FrameOf(AsyncOperation operation)
    {
        StateMachineShape shape = operation.Shape;
        if (!shape.Frames.TryGetValue(operation.State, out nuint frame))
        {
            frame = NamedFrames.Instance.AddressOf(SymbolOf(shape.Machine, operation.State, _lines));
            shape.Frames.Add(operation.State, frame);
        }

        return frame;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A method that the trimmer removed does not run.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A method that the trimmer removed does not run.")]
    private static FrameSymbol SymbolOf(Type machine, int state, AwaitLines lines)
    {
        machine = machine.IsGenericType ? machine.GetGenericTypeDefinition() : machine;
        if (!ManagedRuntime.IsCoreClr)
        {
            return NativeAotSymbols.SymbolOf(machine.FullName ?? machine.Name, MoveNext);
        }

        if (machine.GetMethod(MoveNext, BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic) is not { } method)
        {
            return new FrameSymbol(TypeName.Of(machine.FullName ?? machine.Name));
        }

        var name = MethodName.Of(method);
        List<(string File, int Line)> places = lines.Of(method);
        return state >= 0 && state < places.Count
            ? new FrameSymbol(name.Name, name.SystemName, places[state].File, places[state].Line)
            : new FrameSymbol(name.Name, name.SystemName);
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();
}

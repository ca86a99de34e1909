using Pprof.Symbols;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Snapshot.Events;

/// <summary>The names of types and roots that the runtime told of, as frames. Which field of a holder leads to an object it does not tell, and which type has a static field.</summary>
/// <param name="types">The names of the types.</param>
/// <param name="labels">What the numbers of labels stand for.</param>
internal sealed class EventHeapNames(EventTypes types, IReadOnlyList<RootLabel> labels) : IHeapNames
{
    private readonly Dictionary<ulong, nuint> _frames = [];
    private readonly Dictionary<uint, nuint> _roots = [];

    /// <inheritdoc/>
    public nuint TypeFrame(ulong type)
    {
        if (!_frames.TryGetValue(type, out nuint frame))
        {
            frame = NamedFrames.Instance.AddressOf(TypeName.SymbolOf(types.NameOf(type)));
            _frames.Add(type, frame);
        }

        return frame;
    }

    /// <inheritdoc/>
    public nuint HolderFrame(ulong type, uint offset) => TypeFrame(type);

    /// <inheritdoc/>
    public nuint RootFrame(uint label)
    {
        if (!_roots.TryGetValue(label, out nuint frame))
        {
            frame = NamedFrames.Instance.AddressOf(new FrameSymbol(RootName(labels[(int)label])));
            _roots.Add(label, frame);
        }

        return frame;
    }

    private static string RootName(RootLabel label) => label.Kind switch
    {
        RootKind.StaticField => $"{ObjectFields.FieldName(label.Name ?? "?")} [static field]",
        RootKind.ThreadStatic => $"{ObjectFields.FieldName(label.Name ?? "?")} [thread static field]",
        RootKind.Stack => "[stack of a thread]",
        _ => HeapRoots.NameOf(label.Kind),
    };
}

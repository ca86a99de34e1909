using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Pprof.Symbols;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// The names of types, fields and roots of a snapshot, as frames. Belongs to one snapshot, whose types stay what they are;
/// those that can be unloaded are asked for in the copy, where they are not.
/// </summary>
internal sealed class HeapNames(HeapSnapshot snapshot) : IHeapNames
{
    private const BindingFlags StaticFieldsOnly =
        BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private const int TokenMask = (1 << 24) - 1;

    private readonly Dictionary<ulong, string> _types = [];
    private readonly Dictionary<ulong, Dictionary<int, string>?> _fields = [];
    private readonly Dictionary<(ulong MethodTable, uint Offset), nuint> _frames = [];
    private readonly Dictionary<uint, nuint> _roots = [];

    /// <inheritdoc/>
    public nuint TypeFrame(ulong type) => Frame(type, 0);

    /// <inheritdoc/>
    public nuint HolderFrame(ulong type, uint offset) => Frame(type, offset);

    /// <inheritdoc/>
    public nuint RootFrame(uint label)
    {
        if (!_roots.TryGetValue(label, out nuint frame))
        {
            frame = NamedFrames.Instance.AddressOf(new FrameSymbol(RootName(snapshot.Labels[(int)label])));
            _roots.Add(label, frame);
        }

        return frame;
    }

    /// <summary>The name of a type.</summary>
    public string Of(ulong methodTable) => TypeName.Of(NameOf(methodTable));

    private nuint Frame(ulong methodTable, uint offset)
    {
        if (!_frames.TryGetValue((methodTable, offset), out nuint frame))
        {
            string name = NameOf(methodTable);
            FrameSymbol symbol = TypeName.SymbolOf(name);
            if (offset != 0 && FieldsOf(methodTable)?.GetValueOrDefault((int)offset) is { } field)
            {
                symbol = new FrameSymbol($"{symbol.Name}.{field}", TypeName.Cut(name));
            }

            frame = NamedFrames.Instance.AddressOf(symbol);
            _frames.Add((methodTable, offset), frame);
        }

        return frame;
    }

    private string NameOf(ulong methodTable)
    {
        if (!_types.TryGetValue(methodTable, out string? name))
        {
            name = (!snapshot.Dac.IsCollectible(methodTable) && ObjectFields.TypeOf(methodTable) is { } type ? RuntimeTypeName.Of(type) : null)
                ?? snapshot.Dac.NameOf(methodTable)
                ?? "[unknown type]";
            _types.Add(methodTable, name);
        }

        return name;
    }

    private Dictionary<int, string>? FieldsOf(ulong methodTable)
    {
        if (!_fields.TryGetValue(methodTable, out Dictionary<int, string>? fields))
        {
            fields = ObjectFields.IsSupported && !snapshot.Dac.IsCollectible(methodTable) && ObjectFields.TypeOf(methodTable) is { IsArray: false } type
                ? ObjectFields.References(type)
                : null;
            _fields.Add(methodTable, fields);
        }

        return fields;
    }

    private string RootName(RootLabel label) => label.Kind switch
    {
        RootKind.StaticField => $"{TypeName.Of(NameOf(label.MethodTable))}.{StaticName(label)} [static field]",
        RootKind.ThreadStatic => $"[thread statics of {label.Name ?? "other threads"}]",
        RootKind.Stack => label.Name is { } thread ? $"[stack of thread {thread}]" : "[stack of other threads]",
        _ => HeapRoots.NameOf(label.Kind),
    };

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "A field that the trimmer removed holds nothing.")]
    private static string StaticName(RootLabel label)
    {
        foreach (FieldInfo field in ObjectFields.TypeOf(label.MethodTable)?.GetFields(StaticFieldsOnly) ?? [])
        {
            if ((uint)(field.MetadataToken & TokenMask) == label.Field)
            {
                return ObjectFields.FieldName(field.Name);
            }
        }

        return "?";
    }
}

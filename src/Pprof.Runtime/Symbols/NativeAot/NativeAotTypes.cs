using Pprof.Symbols.Managed;

namespace Pprof.Symbols.NativeAot;

/// <summary>Types by the address of their method table. NativeAOT never frees one.</summary>
internal static unsafe class NativeAotTypes
{
    // Bits of the flags that say what kind of type it is (EETypeElementType); 0 for tables that stand for no type, as
    // those of the objects that hold a class's statics.
    private const int KindShift = 26;
    private const uint KindMask = 0x1f;

    private const string Unknown = "[runtime's own object]";

    /// <summary>The name of the type, as the runtime writes it, cut.</summary>
    public static string NameOf(nuint methodTable) => TypeOf(methodTable) is { } type ? RuntimeTypeName.Of(type) : Unknown;

    /// <summary>The type; null where the table stands for none.</summary>
    public static Type? TypeOf(nuint methodTable) =>
        ((*(uint*)methodTable >> KindShift) & KindMask) == 0
            ? null
            : Type.GetTypeFromHandle(RuntimeTypeHandle.FromIntPtr((nint)methodTable));
}

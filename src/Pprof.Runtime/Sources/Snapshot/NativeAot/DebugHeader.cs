using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>
/// What a NativeAOT program tells debuggers of its runtime: where fields are in the runtime's structures, and where some of
/// these are (<c>DotNetRuntimeDebugHeader</c>, of the runtime's DebugHeader.cpp).
/// </summary>
internal sealed unsafe class DebugHeader
{
    private const string Symbol = "DotNetRuntimeDebugHeader";

    // "DNDH", then the version.
    private const uint Cookie = 0x48444e44;
    private const int KnownVersion = 5;
    private const int VersionPlace = 4;
    private const int FieldsPlace = 16;
    private const int GlobalsPlace = 24;
    private const int MaxEntries = 1024;

    private static readonly Lazy<DebugHeader?> s_instance = new(Find, LazyThreadSafetyMode.PublicationOnly);

    private readonly Dictionary<(string Type, string Field), uint> _offsets = [];
    private readonly Dictionary<string, ulong> _globals = [];

    private DebugHeader(byte* header)
    {
        Field* fields = *(Field**)(header + FieldsPlace);
        for (int i = 0; fields is not null && i < MaxEntries && fields[i].Type is not null; i++)
        {
            _offsets[(Text(fields[i].Type), Text(fields[i].Name))] = fields[i].Offset;
        }

        Value* globals = *(Value**)(header + GlobalsPlace);
        for (int i = 0; globals is not null && i < MaxEntries && globals[i].Name is not null; i++)
        {
            _globals[Text(globals[i].Name)] = globals[i].Address;
        }
    }

    /// <summary>That of this program; null where it has none that is known.</summary>
    public static DebugHeader? Instance => s_instance.Value;

    /// <summary>Where a field is in a structure.</summary>
    /// <exception cref="SnapshotException">The runtime does not tell.</exception>
    public uint OffsetOf(string type, string field) =>
        _offsets.TryGetValue((type, field), out uint offset) ? offset : throw Unknown($"{type}.{field}");

    /// <summary>The address of a structure.</summary>
    /// <exception cref="SnapshotException">The runtime does not tell.</exception>
    public ulong Global(string name) => _globals.TryGetValue(name, out ulong address) && address != 0 ? address : throw Unknown(name);

    private static SnapshotException Unknown(string name) => new($"this version of the runtime does not tell debuggers of {name}, by which its heap is found");

    private static DebugHeader? Find() =>
        NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), Symbol, out nint address)
        && (byte*)address is var header
        && *(uint*)header == Cookie
        && *(ushort*)(header + VersionPlace) == KnownVersion
            ? new DebugHeader(header)
            : null;

    private static string Text(byte* name) => Marshal.PtrToStringUTF8((nint)name) ?? "";

    [StructLayout(LayoutKind.Sequential)]
    private struct Field
    {
        public byte* Type;
        public byte* Name;
        public uint Offset;
        public uint Reserved;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Value
    {
        public byte* Name;
        public ulong Address;
    }
}

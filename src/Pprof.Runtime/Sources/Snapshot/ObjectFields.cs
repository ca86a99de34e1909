using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// Where in an object its fields are, by the runtime's description of a field, whose form is its own: it is compared with
/// where the fields of a known object are before it is used. Of types that cannot be unloaded only.
/// </summary>
internal static unsafe class ObjectFields
{
    /// <summary>From the beginning of an object to its first field.</summary>
    public const int Header = 8;

    private const BindingFlags OwnFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // FieldDesc: the declaring type, flags, then the place in 27 bits.
    private const int PlaceInDescription = 12;
    private const uint PlaceMask = (1 << 27) - 1;
    private const int MaxDepth = 8;

    private static readonly Lazy<bool> s_isSupported = new(Probe, LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Whether the runtime describes fields in the known form.</summary>
    public static bool IsSupported => s_isSupported.Value;

    /// <summary>The place of a field behind the header of an object, or in a structure.</summary>
    public static int OffsetOf(FieldInfo field) => (int)(*(uint*)(field.FieldHandle.Value + PlaceInDescription) & PlaceMask);

    /// <summary>The type of a method table that cannot be unloaded.</summary>
    public static Type? TypeOf(ulong methodTable) => Type.GetTypeFromHandle(RuntimeTypeHandle.FromIntPtr((nint)methodTable));

    /// <summary>The address that stands in the first word of a type's objects; 0 where there is no such type.</summary>
    public static ulong MethodTable(Type? type) => type is null ? 0 : (ulong)RuntimeTypeHandle.ToIntPtr(type.TypeHandle);

    /// <summary>The field of that name, of the type or of one that it derives from.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that the trimmer removed is in no object.")]
    public static FieldInfo? Find(Type? type, string name)
    {
        for (; type is not null; type = type.BaseType)
        {
            if (type.GetField(name, OwnFields) is { } field)
            {
                return field;
            }
        }

        return null;
    }

    /// <summary>The fields of a type itself, without those of the types that it derives from.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "A field that the trimmer removed is in no object.")]
    public static FieldInfo[] Own(Type type) => type.GetFields(OwnFields);

    /// <summary>
    /// The type of a field; null where its assembly is not there, as that of an optional dependency. There are objects with
    /// such a field only where it is a reference: one of a structure lets its type not be loaded.
    /// </summary>
    public static Type? TypeOf(FieldInfo field)
    {
        try
        {
            return field.FieldType;
        }
        catch (Exception e) when (e is IOException or TypeLoadException or BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The names of all references in an object, by their places from its beginning: <c>_entries</c>, <c>_state._owner</c>.</summary>
    public static Dictionary<int, string> References(Type type)
    {
        Dictionary<int, string> names = [];
        for (Type? level = type; level is not null && level != typeof(object); level = level.BaseType)
        {
            Add(level, Header, "", names, 0);
        }

        return names;
    }

    private static void Add(Type type, int start, string prefix, Dictionary<int, string> names, int depth)
    {
        foreach (FieldInfo field in Own(type))
        {
            int place = start + OffsetOf(field);
            string name = prefix + FieldName(field.Name);
            if (TypeOf(field) is not { IsValueType: true } structure)
            {
                names.TryAdd(place, name);
            }
            else if (!structure.IsPrimitive && !structure.IsEnum && depth < MaxDepth)
            {
                Add(structure, place, name + ".", names, depth + 1);
            }
        }
    }

    /// <summary>The name that stands in the source: that of the property of <c>&lt;Name&gt;k__BackingField</c>.</summary>
    public static string FieldName(string name)
    {
        int end = name.IndexOf('>');
        return name.StartsWith('<') && end > 1 ? name[1..end] : name;
    }

    private static bool Probe()
    {
        if (nint.Size != sizeof(long))
        {
            return false;
        }

        var probe = new Known(new object(), new object());
        ref byte start = ref Unsafe.As<Raw>(probe).First;
        return Find(typeof(Known), nameof(Known.First)) is { } first
            && Find(typeof(Known), nameof(Known.Second)) is { } second
            && Find(typeof(Known), nameof(Known.Number)) is { } number
            && OffsetOf(first) == (int)Unsafe.ByteOffset(ref start, ref Unsafe.As<object, byte>(ref probe.First))
            && OffsetOf(second) == (int)Unsafe.ByteOffset(ref start, ref Unsafe.As<object, byte>(ref probe.Second))
            && OffsetOf(number) == (int)Unsafe.ByteOffset(ref start, ref Unsafe.As<int, byte>(ref probe.Number));
    }

    private sealed class Known(object first, object second)
    {
        public int Number;
        public object First = first;
        public object Second = second;
    }

    private sealed class Raw
    {
        public byte First;
    }
}

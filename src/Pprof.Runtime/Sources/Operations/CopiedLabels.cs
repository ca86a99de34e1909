using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Labels;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations;

/// <summary>
/// Reads the labels of operations in a copy of the process: those with which an operation goes on are in the execution context
/// that it was suspended with. Needs no names of fields of the class library: what flows is found there by what identifies it.
/// Not safe for concurrent use.
/// </summary>
internal sealed class CopiedLabels
{
    private const int Header = 8;
    private const int ArrayHeader = 16;
    private const int TextHeader = 12;

    // The references of a context: what flows, and who is told of changes.
    private const int ContextReferences = 2;

    // Sizes of objects with what stands before them: one around an array of pairs, and the least of one around a table.
    private const int SizeAroundArray = 24;
    private const int SizeAroundTable = 72;

    private const int MaxLabels = 64;
    private const int MaxTextLength = 1024;
    private const int MaxBytes = 8192;

    private static readonly ulong s_contextTable = TableOf(typeof(ExecutionContext));
    private static readonly ulong s_labelsTable = TableOf(typeof(PushedLabels));
    private static readonly (int Labels, int Items, int Key, int Text) s_places = FindPlaces();

    private readonly CopyMemory _memory;
    private readonly ulong _key;
    private readonly Dictionary<ulong, LabelSet> _byContext = [];
    private readonly Dictionary<ulong, LabelSet> _bySet = [];
    private readonly byte[] _bytes = new byte[MaxBytes];

    /// <param name="snapshot">The heap.</param>
    public CopiedLabels(HeapCopy snapshot)
    {
        _memory = snapshot.Memory;
        _key = PushedLabels.HaveBeen ? _memory.Read<ulong>((ulong)CurrentLabels.PlaceOfKey) : 0;
    }

    /// <summary>The labels in an execution context; none where it is none.</summary>
    public LabelSet Of(ulong context)
    {
        if (_key == 0 || context == 0)
        {
            return LabelSet.Empty;
        }

        if (!_byContext.TryGetValue(context, out LabelSet? labels))
        {
            labels = TableAt(context) == s_contextTable && PushedIn(context) is ulong pushed and not 0
                ? SetAt(_memory.Read<ulong>(pushed + (ulong)s_places.Labels))
                : LabelSet.Empty;
            _byContext.Add(context, labels);
        }

        return labels;
    }

    /// <summary>Where the labels are that a context has; 0 where it has none.</summary>
    private ulong PushedIn(ulong context)
    {
        for (int i = 0; i < ContextReferences; i++)
        {
            if (_memory.Read<ulong>(context + (ulong)(Header + (i * sizeof(ulong)))) is ulong map and not 0 && PushedInMap(map) is ulong pushed and not 0)
            {
                return pushed;
            }
        }

        return 0;
    }

    // Few values are in the object itself, some in an array, many in a table.
    private ulong PushedInMap(ulong map)
    {
        int size = (int)Math.Min(MaxBytes, _memory.Read<uint>(TableAt(map) + sizeof(uint)));
        ulong pushed = ValueIn(map + Header, size - Header - Header);
        if (pushed == 0 && (size == SizeAroundArray || size >= SizeAroundTable))
        {
            pushed = ValueInArray(_memory.Read<ulong>(map + Header));
        }

        return pushed != 0 || size < SizeAroundTable ? pushed : ValueInArray(_memory.Read<ulong>(map + Header + sizeof(ulong)));
    }

    private ulong ValueInArray(ulong array)
    {
        // The first two bytes of an array's method table are the size of an element.
        long bytes = array == 0 ? 0 : (long)_memory.Read<uint>(array + Header) * _memory.Read<ushort>(TableAt(array));
        return ValueIn(array + ArrayHeader, (int)Math.Min(bytes, MaxBytes));
    }

    /// <summary>The labels that stand behind what identifies them, in so many bytes of memory.</summary>
    private ulong ValueIn(ulong address, int bytes)
    {
        if (bytes <= 0)
        {
            return 0;
        }

        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(_bytes.AsSpan(0, _memory.Read(address, _bytes.AsSpan(0, bytes))));
        int at = words.IndexOf(_key);
        return at >= 0 && at + 1 < words.Length && TableAt(words[at + 1]) == s_labelsTable ? words[at + 1] : 0;
    }

    private LabelSet SetAt(ulong address)
    {
        if (!_bySet.TryGetValue(address, out LabelSet? labels))
        {
            ulong items = _memory.Read<ulong>(address + (ulong)s_places.Items);
            int count = (int)Math.Min(MaxLabels, _memory.Read<uint>(items + Header));
            var read = new Label[count];
            for (int i = 0; i < count; i++)
            {
                ulong label = items + ArrayHeader + (ulong)(i * Unsafe.SizeOf<Label>());
                read[i] = new Label(TextAt(_memory.Read<ulong>(label + (ulong)s_places.Key)), TextAt(_memory.Read<ulong>(label + (ulong)s_places.Text)));
            }

            labels = count == 0 ? LabelSet.Empty : new LabelSet(read);
            _bySet.Add(address, labels);
        }

        return labels;
    }

    private string TextAt(ulong address)
    {
        int length = (int)Math.Min(MaxTextLength, _memory.Read<uint>(address + Header));
        int read = _memory.Read(address + TextHeader, _bytes.AsSpan(0, length * sizeof(char)));
        return new string(MemoryMarshal.Cast<byte, char>(_bytes.AsSpan(0, read)));
    }

    private ulong TableAt(ulong address) => _memory.Read<ulong>(address) & ~7UL;

    private static ulong TableOf(Type type) => (ulong)RuntimeTypeHandle.ToIntPtr(type.TypeHandle);

    private static (int Labels, int Items, int Key, int Text) FindPlaces()
    {
        var label = new Label("", "");
        var set = new LabelSet([label]);
        var pushed = new PushedLabels(null, set);
        ref byte start = ref Unsafe.As<Label, byte>(ref label);
        return (
            Header + (int)Unsafe.ByteOffset(ref Unsafe.As<Raw>(pushed).First, ref Unsafe.As<LabelSet, byte>(ref LabelsOf(pushed))),
            Header + (int)Unsafe.ByteOffset(ref Unsafe.As<Raw>(set).First, ref Unsafe.As<IReadOnlyList<Label>, byte>(ref ItemsOf(set))),
            (int)Unsafe.ByteOffset(ref start, ref Unsafe.As<string, byte>(ref KeyOf(ref label))),
            (int)Unsafe.ByteOffset(ref start, ref Unsafe.As<string?, byte>(ref TextOf(ref label))));
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Labels>k__BackingField")]
    private static extern ref LabelSet LabelsOf(PushedLabels pushed);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Labels>k__BackingField")]
    private static extern ref IReadOnlyList<Label> ItemsOf(LabelSet set);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Key>k__BackingField")]
    private static extern ref string KeyOf(ref Label label);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "<Text>k__BackingField")]
    private static extern ref string? TextOf(ref Label label);

    /// <summary>The beginning of the fields of any object.</summary>
    private sealed class Raw
    {
        public byte First = 0;
    }
}

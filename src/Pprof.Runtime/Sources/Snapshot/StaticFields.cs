using Pprof.Sources.Snapshot.Dac;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Snapshot;

/// <summary>
/// The static fields that refer to objects, of all types that a runtime has loaded, generic ones with their arguments, and
/// those that each thread has of its own.
/// </summary>
internal sealed class StaticFields
{
    // Flags of a method table, and of a description of a field: token:24, static, thread static, RVA …; offset:27, type:5.
    private const uint HasDynamicStatics = 2;
    private const int FieldBytes = 16;
    private const int FieldFlags = 8;
    private const int FieldPlace = 12;
    private const uint TokenMask = (1 << 24) - 1;
    private const uint IsStatic = 1 << 24;
    private const uint IsThreadLocal = 1 << 25;
    private const uint IsInImage = 1 << 26;
    private const uint PlaceMask = (1 << 27) - 1;
    private const int TypeShift = 27;
    private const uint ClassType = 0x12;
    private const uint ValueType = 0x11;

    private const int KnownRuntime = 10;

    // Of a module's map from tokens to types: flags in the lowest bits.
    private const ulong MapFlags = 7;

    // Of the runtime's hash table: the number of buckets stands before them, and a chain ends with an odd address.
    private const int SpecialSlots = 3;
    private const int MaxItems = 1 << 20;

    private static readonly Places? s_places = Places.Find();

    private readonly DacInterface _dac;
    private readonly CopyMemory _memory;
    private readonly SnapshotPatience _patience;
    private readonly ulong _arrayType;
    private readonly List<ulong> _fieldAddresses = [];
    private readonly List<(RootLabel Field, ulong Value)> _references = [];

    /// <summary>
    /// Whether this runtime describes its structures well enough. Where it does not, what only the static fields of threads
    /// hold would count as dead.
    /// </summary>
    public static bool AreKnown => s_places is not null;

    /// <summary>Finds them.</summary>
    public StaticFields(DacInterface dac, CopyMemory memory, SnapshotPatience patience)
    {
        _dac = dac;
        _memory = memory;
        _patience = patience;
        _arrayType = dac.Globals.ArrayMethodTable;
        if (s_places is { } places)
        {
            foreach (ulong module in dac.Modules())
            {
                AddMap(places, module + places.TypeMap);
                AddTable(places, memory.Read<ulong>(module + places.GenericTypes));
            }

            _fieldAddresses.Sort();
        }
    }

    /// <summary>The fields that are not null, with what they refer to.</summary>
    public IReadOnlyList<(RootLabel Field, ulong Value)> References() => _references;

    /// <summary>Whether an object is one of the arrays in which the runtime keeps static fields.</summary>
    public bool IsArrayOfFields(ulong array)
    {
        if (array == 0)
        {
            return false;
        }

        int index = _fieldAddresses.BinarySearch(array);
        index = index < 0 ? ~index : index;
        return index < _fieldAddresses.Count
            && _fieldAddresses[index] < array + 16 + (8 * (ulong)_memory.Read<uint>(array + 8))
            && _memory.Read<ulong>(array) == _arrayType;
    }

    /// <summary>The arrays that hold the thread statics of a thread.</summary>
    public static IEnumerable<ulong> ThreadStatics(CopyMemory memory, ulong thread)
    {
        if (s_places is { } places && memory.Read<ulong>(thread + places.ThreadLocals) is ulong locals and not 0)
        {
            yield return memory.Read<ulong>(locals + places.ThreadStaticArray);
        }
    }

    private void AddMap(Places places, ulong map)
    {
        for (int maps = 0; map != 0 && maps < MaxItems; maps++)
        {
            ulong table = _memory.Read<ulong>(map + places.MapTable);
            uint count = _memory.Read<uint>(map + places.MapCount);
            for (uint i = 0; table != 0 && i < Math.Min(count, MaxItems); i++)
            {
                AddType(places, _memory.Read<ulong>(table + (8 * i)) & ~MapFlags);
            }

            map = _memory.Read<ulong>(map + places.MapNext);
        }
    }

    private void AddTable(Places places, ulong table)
    {
        if (table == 0)
        {
            return;
        }

        ulong buckets = _memory.Read<ulong>(table + places.TableBuckets);
        ulong count = buckets == 0 ? 0 : _memory.Read<ulong>(buckets);
        int items = 0;
        for (ulong i = 0; i < Math.Min(count, MaxItems); i++)
        {
            ulong entry = _memory.Read<ulong>(buckets + (8 * (i + SpecialSlots)));
            while (entry != 0 && (entry & 1) == 0 && items++ < MaxItems)
            {
                // Other kinds of types have the second bit set; the lowest is the table's own.
                ulong type = _memory.Read<ulong>(entry + places.EntryValue) & ~1UL;
                if ((type & 2) == 0)
                {
                    AddType(places, type);
                }

                entry = _memory.Read<ulong>(entry + places.EntryNext);
            }
        }
    }

    private void AddType(Places places, ulong methodTable)
    {
        _patience.Check();
        if (methodTable == 0 || (_memory.Read<uint>(methodTable + places.TypeFlags) & HasDynamicStatics) == 0)
        {
            return;
        }

        ulong statics = _memory.Read<ulong>(methodTable + places.TypeExtra) - places.StaticsBytes;
        ulong fields = _memory.Read<ulong>(statics + places.StaticReferences) & ~1UL;
        if (fields == 0 || _dac.IsCollectible(methodTable))
        {
            return;
        }

        ulong description = ClassOf(places, methodTable);
        ulong list = _memory.Read<ulong>(description + places.ClassFields);
        int own = InstanceFields(places, methodTable) - InstanceFields(places, _memory.Read<ulong>(methodTable + places.TypeParent));
        int count = own + _memory.Read<ushort>(description + places.ClassStaticFields);
        for (int i = own; i < count && own >= 0; i++)
        {
            AddField(methodTable, list + (ulong)(i * FieldBytes), fields);
        }
    }

    private void AddField(ulong methodTable, ulong field, ulong fields)
    {
        uint flags = _memory.Read<uint>(field + FieldFlags);
        uint place = _memory.Read<uint>(field + FieldPlace);
        if ((flags & (IsStatic | IsThreadLocal | IsInImage)) == IsStatic && place >> TypeShift is ClassType or ValueType)
        {
            ulong address = fields + (place & PlaceMask);
            _fieldAddresses.Add(address);
            ulong value = _memory.Read<ulong>(address);
            if (value != 0)
            {
                _references.Add((new RootLabel(RootKind.StaticField, methodTable, flags & TokenMask), value));
            }
        }
    }

    private ulong ClassOf(Places places, ulong methodTable)
    {
        ulong link = _memory.Read<ulong>(methodTable + places.TypeClass);
        return (link & 1) == 0 ? link : _memory.Read<ulong>((link & ~1UL) + places.TypeClass);
    }

    private int InstanceFields(Places places, ulong methodTable) =>
        methodTable == 0 ? 0 : _memory.Read<ushort>(ClassOf(places, methodTable) + places.ClassInstanceFields);

    /// <summary>Where in the runtime's structures things are.</summary>
    private sealed record Places(
        uint TypeMap, uint GenericTypes, uint MapTable, uint MapNext, uint MapCount, uint TableBuckets, uint EntryValue, uint EntryNext,
        uint TypeFlags, uint TypeExtra, uint TypeParent, uint TypeClass, uint StaticsBytes, uint StaticReferences, uint ClassFields,
        uint ClassInstanceFields, uint ClassStaticFields, uint ThreadLocals, uint ThreadStaticArray)
    {
        public static Places? Find()
        {
            // What thread statics and those of types hang on is described since then, and may be another thing later.
            if (Environment.Version.Major != KnownRuntime)
            {
                return null;
            }

            bool isComplete = true;
            var places = new Places(
                At("Module", "TypeDefToMethodTableMap"),
                At("Module", "AvailableTypeParams"),
                At("ModuleLookupMap", "TableData"),
                At("ModuleLookupMap", "Next"),
                At("ModuleLookupMap", "Count"),
                At("EETypeHashTable", "Buckets"),
                At("EETypeHashTable", "VolatileEntryValue"),
                At("EETypeHashTable", "VolatileEntryNextEntry"),
                At("MethodTable", "MTFlags2"),
                At("MethodTable", "AuxiliaryData"),
                At("MethodTable", "ParentMethodTable"),
                At("MethodTable", "EEClassOrCanonMT"),
                At("DynamicStaticsInfo", "!"),
                At("DynamicStaticsInfo", "GCStatics"),
                At("EEClass", "FieldDescList"),
                At("EEClass", "NumInstanceFields"),
                At("EEClass", "NumStaticFields"),
                At("Thread", "ThreadLocalDataPtr"),
                At("ThreadLocalData", "NonCollectibleTlsArrayData"));
            return isComplete ? places : null;

            uint At(string type, string field)
            {
                int? offset = RuntimeContract.OffsetOf(type, field);
                isComplete &= offset is not null;
                return (uint)(offset ?? 0);
            }
        }
    }
}

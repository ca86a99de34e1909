namespace Pprof.Sources.Snapshot.NativeAot;

/// <summary>The regions of a heap as a NativeAOT program tells debuggers of them.</summary>
internal sealed class PublishedLayout : HeapRegions
{
    private const int Generations = 5;
    private const int MaxThreads = 1 << 20;
    private const int MaxParts = 1 << 12;

    // Of the structure by which the collector tells of itself (GcDacVars, gcinterface.dac.h), whose versions promise their
    // places: what is left out of the header, as where the fields of a part of a server heap are. These stand in a table in
    // the order of dac_gcheap_fields.h and dac_generation_fields.h.
    private const int KnownMajorVersion = 2;
    private const int PartFields = 0xf0;
    private const int GenerationFields = 0xf8;
    private const int AllocatedField = 0;
    private const int EphemeralField = 1;
    private const int GenerationTableField = 18;
    private const int ContextField = 0;
    private const int StartField = 1;

    private readonly DebugHeader _header;
    private readonly CopyMemory _memory;
    private readonly ulong _vars;
    private readonly ulong _generationBytes;

    /// <summary>Finds them in a copy.</summary>
    /// <exception cref="SnapshotException">The heap cannot be walked, or is not as it is known.</exception>
    public PublishedLayout(DebugHeader header, CopyMemory memory)
    {
        _header = header;
        _memory = memory;
        _vars = header.Global("g_gcDacGlobals");
        _generationBytes = memory.Read<ulong>(_vars + header.OffsetOf("GcDacVars", "generation_size"));
        if (memory.Read<byte>(_vars + header.OffsetOf("GcDacVars", "major_version_number")) != KnownMajorVersion
            || memory.Read<byte>(_vars + header.OffsetOf("GcDacVars", "total_generation_count")) != Generations
            || _generationBytes == 0
            || header.OffsetOf("MethodTable", "m_uFlags") != ObjectTable.FlagsPlace
            || header.OffsetOf("MethodTable", "m_uBaseSize") != ObjectTable.SizePlace
            || header.OffsetOf("MethodTable", "m_pBaseType") != ObjectTable.BasePlace)
        {
            throw new SnapshotException("this version of the runtime keeps its heap in another way than is known");
        }

        // A heap of one part has no number of parts.
        if (Var("n_heaps") is ulong parts and not 0)
        {
            AddServerHeap((int)Math.Min(memory.Read<uint>(parts), MaxParts));
        }
        else
        {
            AddPart(Var("generation_table"), Word(Var("ephemeral_heap_segment")), Word(Var("alloc_allocated")));
        }

        AddThreads();
        Complete();
    }

    private void AddServerHeap(int count)
    {
        ulong places = Word(_vars + PartFields);
        ulong heaps = Word(Var("g_heaps"));
        if (places == 0 || heaps == 0)
        {
            throw new SnapshotException("the garbage collector does not tell where the parts of its heap are");
        }

        uint table = Place(places, GenerationTableField);
        uint ephemeral = Place(places, EphemeralField);
        uint allocated = Place(places, AllocatedField);
        for (int i = 0; i < count; i++)
        {
            ulong part = Word(heaps + (8 * (ulong)i));
            AddPart(part + table, Word(part + ephemeral), Word(part + allocated));
        }
    }

    private void AddPart(ulong generations, ulong ephemeral, ulong allocated)
    {
        ulong places = Word(_vars + GenerationFields);
        uint start = places == 0 ? _header.OffsetOf("dac_generation", "start_segment") : Place(places, StartField);
        uint context = places == 0 ? _header.OffsetOf("dac_generation", "allocation_context") : Place(places, ContextField);
        for (int i = 0; i < Generations; i++)
        {
            ulong segment = Word(generations + ((ulong)i * _generationBytes) + start);
            while (IsNew(segment))
            {
                AddSegment(
                    i,
                    Word(segment + _header.OffsetOf("dac_heap_segment", "mem")),
                    segment == ephemeral ? allocated : Word(segment + _header.OffsetOf("dac_heap_segment", "allocated")),
                    Word(segment + _header.OffsetOf("dac_heap_segment", "flags")));
                segment = Word(segment + _header.OffsetOf("dac_heap_segment", "next"));
            }
        }

        // That of the youngest generation is the part's own. When it is full it is of no use any more.
        if (ReadContext(generations + context) is var (pointer, limit) && pointer != limit)
        {
            AddContext(pointer, limit);
        }
    }

    private void AddThreads()
    {
        ulong store = Word(_header.Global("g_pTheRuntimeInstance") + _header.OffsetOf("RuntimeInstance", "m_pThreadStore"));
        ulong thread = Word(store + _header.OffsetOf("ThreadStore", "m_ThreadList"));
        uint context = _header.OffsetOf("RuntimeThreadLocals", "m_eeAllocContext") + _header.OffsetOf("ee_alloc_context", "m_rgbAllocContextBuffer");
        uint next = _header.OffsetOf("RuntimeThreadLocals", "m_pNext");
        for (int i = 0; thread != 0 && i < MaxThreads; i++)
        {
            (ulong pointer, ulong limit) = ReadContext(thread + context);
            AddContext(pointer, limit);
            thread = Word(thread + next);
        }
    }

    private (ulong Pointer, ulong Limit) ReadContext(ulong context) =>
        (Word(context + _header.OffsetOf("gc_alloc_context", "alloc_ptr")), Word(context + _header.OffsetOf("gc_alloc_context", "alloc_limit")));

    /// <summary>Where one of the collector's variables is; 0 where this heap has none.</summary>
    private ulong Var(string name) => Word(_vars + _header.OffsetOf("GcDacVars", name));

    private uint Place(ulong places, int index)
    {
        int place = _memory.Read<int>(places + (4 * (ulong)index));
        return place >= 0 ? (uint)place : throw new SnapshotException("the garbage collector keeps the parts of its heap in another way than is known");
    }

    private ulong Word(ulong address) => _memory.Read<ulong>(address);
}

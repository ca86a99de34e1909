using System.Runtime.InteropServices;

namespace Pprof.Sources.Snapshot.Dac;

/// <summary>
/// What the runtime's data access component tells of a process: some methods of <c>ISOSDacInterface</c> and its successors in
/// the runtime's sospriv.idl, by their places there. Not safe for concurrent use.
/// </summary>
internal sealed unsafe class DacInterface : IDisposable
{
    private const int QueryInterfaceSlot = 0;
    private const int ReleaseSlot = 2;
    private const int HandleBatch = 256;
    private const int NameLength = 4096;

    private static readonly Guid s_base = new("436f00f2-b42a-4b9f-870c-e73db66ae930");
    private static readonly Guid s_collectible = new("11206399-4b66-4edb-98ea-85654e59ad45");
    private static readonly Guid s_generations = new("c12f35a9-e55c-4520-a894-b3dc5165dfce");
    private static readonly Guid s_globalContext = new("1b93bacc-8ca4-432d-943a-3e6e7ec0b0a3");

    private readonly CopyMemory _memory;
    private readonly DacTarget _target;
    private readonly nint _process;
    private readonly nint _dac;
    private readonly nint _dac6;
    private readonly nint _dac8;
    private readonly nint _dac12;

    /// <summary>Looks into a process.</summary>
    /// <exception cref="SnapshotException">It has no runtime that is known.</exception>
    public DacInterface(CopyMemory memory, ulong runtime)
    {
        _memory = memory;
        _target = new DacTarget(memory, runtime);
        try
        {
            _process = DacLibrary.Open(_target);
        }
        catch
        {
            DacLibrary.Close();
            _target.Dispose();
            throw;
        }

        _dac = Query(s_base);
        _dac6 = Query(s_collectible);
        _dac8 = Query(s_generations);
        _dac12 = Query(s_globalContext);
        if (_dac == 0 || _dac6 == 0 || _dac8 == 0 || _dac12 == 0)
        {
            Dispose();
            throw new SnapshotException("the runtime's data access component is older than what is needed to find the heap", isRefused: true);
        }
    }

    /// <summary>Method tables that everybody needs.</summary>
    public UsefulGlobalsData Globals => Get<UsefulGlobalsData>(70);

    /// <summary>What kind of heap there is.</summary>
    public GcHeapData Heap => Get<GcHeapData>(46);

    /// <summary>The one part of a workstation heap.</summary>
    public GcHeapDetails WorkstationHeap => Get<GcHeapDetails>(49);

    /// <summary>The parts of a server heap.</summary>
    public List<GcHeapDetails> ServerHeaps(uint count)
    {
        ulong[] addresses = new ulong[count];
        uint needed = 0;
        fixed (ulong* first = addresses)
        {
            Check(Call(_dac, 47, (nint)count, (nint)first, (nint)(&needed)));
        }

        return [.. addresses.Select(address => Get<GcHeapDetails>(48, address) with { Heap = address })];
    }

    /// <summary>All generations of a part of the heap, with those of large and pinned objects.</summary>
    public GenerationData[] Generations(in GcHeapDetails heap)
    {
        GenerationData[] table = new GenerationData[8];
        uint needed = 0;
        fixed (GenerationData* first = table)
        {
            Check(heap.Heap == 0
                ? Call(_dac8, 4, table.Length, (nint)first, (nint)(&needed))
                : Call(_dac8, 6, (nint)heap.Heap, table.Length, (nint)first, (nint)(&needed)));
        }

        return table[..(int)Math.Min(needed, (uint)table.Length)];
    }

    /// <summary>The ends of the parts of the finalization queue of a part of the heap.</summary>
    public ulong[] FinalizationQueue(in GcHeapDetails heap)
    {
        ulong[] pointers = new ulong[16];
        uint needed = 0;
        fixed (ulong* first = pointers)
        {
            Check(heap.Heap == 0
                ? Call(_dac8, 5, pointers.Length, (nint)first, (nint)(&needed))
                : Call(_dac8, 7, (nint)heap.Heap, pointers.Length, (nint)first, (nint)(&needed)));
        }

        return pointers[..(int)Math.Min(needed, (uint)pointers.Length)];
    }

    /// <summary>A region or segment.</summary>
    public HeapSegmentData Segment(ulong address) => Get<HeapSegmentData>(50, address);

    /// <summary>Where code that is no thread's allocates.</summary>
    public (ulong Pointer, ulong Limit) GlobalAllocationContext()
    {
        ulong pointer = 0;
        ulong limit = 0;
        int status = Call(_dac12, 3, (nint)(&pointer), (nint)(&limit));
        return status >= 0 ? (pointer, limit) : default;
    }

    /// <summary>The runtime's threads.</summary>
    public IEnumerable<(ulong Address, ThreadData Data)> Threads()
    {
        ThreadStoreData store = Get<ThreadStoreData>(3);
        ulong address = store.FirstThread;
        for (int i = 0; i < store.ThreadCount && address != 0; i++)
        {
            ThreadData thread = Get<ThreadData>(17, address);
            yield return (address, thread);
            address = thread.NextThread;
        }
    }

    /// <summary>Where the stack of a thread of the runtime's begins and ends; nothing where that is not known.</summary>
    public (ulong Low, ulong High) StackOf(ulong thread)
    {
        ulong one = 0;
        ulong other = 0;
        ulong frame = 0;
        int status = Call(_dac, 19, (nint)thread, (nint)(&one), (nint)(&other), (nint)(&frame));
        return status >= 0 ? (Math.Min(one, other), Math.Max(one, other)) : default;
    }

    /// <summary>
    /// The sync block with this number, from 1 on; free where there is none. Each tells how many numbers there are.
    /// </summary>
    public SyncBlockData SyncBlock(uint number)
    {
        SyncBlockData data = default;
        int status = Call(_dac, 59, (nint)number, (nint)(&data));
        return status >= 0 ? data : data with { IsFree = 1 };
    }

    /// <summary>The method whose code, or whose way to its code, begins at an address; 0 where that is none.</summary>
    public ulong MethodAt(ulong code)
    {
        CodeHeaderData data = default;
        return Call(_dac, 26, (nint)code, (nint)(&data)) >= 0 ? data.Method : 0;
    }

    /// <summary>Whether a method can be unloaded, or has no type.</summary>
    public bool IsCollectibleMethod(ulong method)
    {
        MethodData data = default;
        return Call(_dac, 20, (nint)method, 0, (nint)(&data)) < 0
            || data.IsDynamic != 0
            || IsCollectible(data.MethodTable);
    }

    /// <summary>The name of a method with its type and parameters; null where there is none.</summary>
    public string? NameOfMethod(ulong method) => Name(22, method);

    /// <summary>All handles.</summary>
    public List<HandleData> Handles(SnapshotPatience patience)
    {
        nint handles = 0;
        Check(Call(_dac, 61, (nint)(&handles)));
        try
        {
            List<HandleData> all = [];
            HandleData[] batch = new HandleData[HandleBatch];
            fixed (HandleData* first = batch)
            {
                uint fetched;
                do
                {
                    patience.CheckNow();
                    fetched = 0;
                    Check(Call(handles, 6, HandleBatch, (nint)first, (nint)(&fetched)));
                    all.AddRange(batch.AsSpan(0, (int)fetched));
                }
                while (fetched == HandleBatch);
            }

            return all;
        }
        finally
        {
            Release(handles);
        }
    }

    /// <summary>The modules of all assemblies.</summary>
    public List<ulong> Modules()
    {
        List<ulong> modules = [];
        AppDomainStoreData store = Get<AppDomainStoreData>(4);
        foreach (ulong domain in List(5, (uint)Math.Max(1, store.DomainCount)))
        {
            int needed = 0;
            _ = Call(_dac, 9, (nint)domain, 0, 0, (nint)(&needed));
            ulong[] assemblies = new ulong[needed];
            fixed (ulong* first = assemblies)
            {
                _ = Call(_dac, 9, (nint)domain, needed, (nint)first, (nint)(&needed));
            }

            foreach (ulong assembly in assemblies)
            {
                ulong module = 0;
                uint count = 0;
                if (Call(_dac, 15, (nint)assembly, 1, (nint)(&module), (nint)(&count)) >= 0 && module != 0)
                {
                    modules.Add(module);
                }
            }
        }

        return modules;
    }

    /// <summary>Whether the type can be unloaded; then nobody but this interface may be asked about it.</summary>
    public bool IsCollectible(ulong methodTable) => CollectibleOf(methodTable) is not { IsCollectible: 0 };

    /// <summary>
    /// Where the object is that every object of a type keeps alive: that by which the type was loaded. 0 where the type cannot
    /// be unloaded.
    /// </summary>
    public ulong LoaderOf(ulong methodTable) =>
        CollectibleOf(methodTable) is { IsCollectible: not 0 } data ? data.LoaderAllocatorHandle : 0;

    /// <summary>The name of a type, as reflection writes it; null where there is none, or not yet.</summary>
    public string? NameOf(ulong methodTable) => UnfinishedType.Is(_memory, methodTable) ? null : Name(36, methodTable);

    /// <inheritdoc/>
    public void Dispose()
    {
        Release(_dac12);
        Release(_dac8);
        Release(_dac6);
        Release(_dac);
        Release(_process);
        DacLibrary.Close();
        _target.Dispose();
    }

    private static int Call(nint instance, int slot, nint b = 0, nint c = 0, nint d = 0, nint e = 0) =>
        DacGuard.Call((*(void***)instance)[slot], instance, b, c, d, e);

    private static void Check(int status)
    {
        if (status < 0)
        {
            throw new SnapshotException($"the runtime's data access component does not find its way in the copy of the process (0x{status:x})");
        }
    }

    private static void Release(nint instance)
    {
        if (instance != 0)
        {
            _ = Call(instance, ReleaseSlot);
        }
    }

    private CollectibleData? CollectibleOf(ulong methodTable)
    {
        CollectibleData data = default;
        return !UnfinishedType.Is(_memory, methodTable)
            && Call(_dac6, 3, (nint)methodTable, (nint)(&data)) >= 0
            ? data
            : null;
    }

    private string? Name(int slot, ulong address)
    {
        char* name = stackalloc char[NameLength];
        uint needed = 0;
        int status = Call(_dac, slot, (nint)address, NameLength, (nint)name, (nint)(&needed));
        return status >= 0 && needed > 1 ? new string(name, 0, (int)Math.Min(needed, NameLength) - 1) : null;
    }

    private nint Query(Guid id)
    {
        nint result = 0;
        int status = Call(_process, QueryInterfaceSlot, (nint)(&id), (nint)(&result));
        return status >= 0 ? result : 0;
    }

    private T Get<T>(int slot)
        where T : unmanaged
    {
        T data = default;
        Check(Call(_dac, slot, (nint)(&data)));
        return data;
    }

    private T Get<T>(int slot, ulong address)
        where T : unmanaged
    {
        T data = default;
        Check(Call(_dac, slot, (nint)address, (nint)(&data)));
        return data;
    }

    private ulong[] List(int slot, uint count)
    {
        ulong[] values = new ulong[count];
        uint needed = 0;
        fixed (ulong* first = values)
        {
            Check(Call(_dac, slot, (nint)count, (nint)first, (nint)(&needed)));
        }

        return values[..(int)Math.Min(needed, count)];
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct CollectibleData
    {
        public ulong LoaderAllocatorHandle;
        public int IsCollectible;
    }
}

using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Dac;
using Pprof.Sources.Snapshot.NativeAot;
using Pprof.Symbols;
using Pprof.Symbols.Managed;
using Pprof.Unwinding;

namespace Pprof.Sources.Waiting;

/// <summary>
/// The threads of a copy of the process. What one of them says of itself, that it holds a lock, that it waits for another, is
/// true of the moment of the copy: it has not run before and after.
/// </summary>
internal sealed class CopiedThreads
{
    // The class library counts from the first thread on.
    private const uint FirstId = 1;

    private const int MaxFrames = 512;
    private const int MaxStackBytes = 256 * 1024;

    // The runtime's object for a thread, in the class library's.
    private static readonly int s_thread = ClassLibrary.Place(typeof(Thread), "_DONT_USE_InternalThread");

    private readonly HeapCopy _snapshot;
    private readonly ThreadPlaces? _places;
    private readonly ManagedSymbols _symbols = ManagedSymbols.Create();
    private readonly Dictionary<nuint, string> _names = [];
    private readonly StackUnwinder _unwinder = new();
    private readonly nuint[] _frames = new nuint[MaxFrames + 1];
    private readonly Dictionary<ulong, int> _byAddress = [];
    private readonly Dictionary<uint, int> _byManagedId = [];

    /// <summary>
    /// Reads those of a NativeAOT program that wait. Which of the class library's objects is a thread's own its stack tells: the
    /// method that runs a thread keeps it, and no other is further out.
    /// </summary>
    public CopiedThreads(NativeHeapSnapshot snapshot, KnownObjects known, ThreadPlaces places)
    {
        _snapshot = snapshot;
        _places = places;
        var map = ProcessMap.ReadOf(snapshot.ProcessId);
        HashSet<ulong> objects = [.. known.Threads];
        foreach (int systemId in OwnThreads.Others(ThreadList.Read))
        {
            if (!snapshot.Rests.TryGetValue(systemId, out ThreadRest rest) || map.Find(rest.Sp) is not { } region)
            {
                // Where its stack is nothing tells.
                RunningStacks.Add(null);
                continue;
            }

            CopiedThread thread = Read(systemId, address: 0, rest, region.Limit);
            Waiting.Add(thread);
            ulong own = 0;
            foreach (nuint word in thread.Stack)
            {
                own = objects.Contains(word) ? word : own;
            }

            // The first thread is not run by one of these.
            uint id = systemId == Environment.ProcessId ? FirstId : own == 0 ? 0 : places.IdOf(snapshot.Memory, own);
            if (id != 0 && !_byManagedId.TryAdd(id, systemId))
            {
                // One of the two has another's object on its stack.
                _byManagedId[id] = 0;
            }
        }
    }

    /// <summary>Reads them.</summary>
    public CopiedThreads(HeapSnapshot snapshot)
    {
        _snapshot = snapshot;
        HashSet<int> others = [.. OwnThreads.Others(ThreadList.Read)];
        foreach ((ulong address, ThreadData thread) in snapshot.Dac.Threads())
        {
            int systemId = (int)thread.SystemId;
            if (systemId == 0)
            {
                continue;
            }

            _byAddress.TryAdd(address, systemId);
            _byManagedId.TryAdd(thread.ManagedId, systemId);
            if (!others.Contains(systemId))
            {
                continue;
            }

            (ulong low, ulong high) = snapshot.Dac.StackOf(address);
            if (snapshot.Rests.TryGetValue(systemId, out ThreadRest rest))
            {
                Waiting.Add(Read(systemId, address, rest, high));
            }
            else
            {
                RunningStacks.Add(ReadWhole(Math.Max(low, high - Math.Min(high, MaxStackBytes)), high));
            }
        }
    }

    /// <summary>Those that wait, without this package's.</summary>
    public List<CopiedThread> Waiting { get; } = [];

    /// <summary>
    /// Of each of the others, which run, what is furthest out in the memory of its stack, with what frames that are gone have
    /// left; null where that cannot be read.
    /// </summary>
    public List<nuint[]?> RunningStacks { get; } = [];

    /// <summary>Whether those are known too that have run meanwhile.</summary>
    public bool AreAllKnown => _places is null;

    /// <summary>The system's id of the thread of which the class library's object is at an address; null where there is none.</summary>
    public int? ByObject(ulong thread) =>
        _places is { } places ? ByManagedId(places.IdOf(_snapshot.Memory, thread))
        : s_thread >= 0 ? ByAddress(_snapshot.Memory.Read<ulong>(thread + (ulong)s_thread))
        : null;

    /// <summary>The system's id of the runtime's thread at an address; null where there is none.</summary>
    public int? ByAddress(ulong address) => _byAddress.TryGetValue(address, out int systemId) ? systemId : null;

    /// <summary>The thread with an id of the system's; null where it is none of the runtime's.</summary>
    public int? BySystemId(uint id) => _byManagedId.ContainsValue((int)id) ? (int)id : null;

    /// <summary>The system's id of the thread with an id of the runtime's; null where there is none.</summary>
    public int? ByManagedId(uint id) => _byManagedId.TryGetValue(id, out int systemId) && systemId != 0 ? systemId : null;

    private nuint[]? ReadWhole(ulong low, ulong high)
    {
        nuint[] words = new nuint[(high - low) / 8];
        int bytes = words.Length * 8;
        return words.Length > 0 && _snapshot.Memory.Read(low, MemoryMarshal.AsBytes(words.AsSpan())) == bytes ? words : null;
    }

    private CopiedThread Read(int systemId, ulong address, in ThreadRest rest, ulong high)
    {
        ulong bytes = high > rest.Sp ? Math.Min(high - rest.Sp, MaxStackBytes) : 0;
        nuint[] words = new nuint[bytes / 8];
        int read = _snapshot.Memory.Read(rest.Sp, MemoryMarshal.AsBytes(words.AsSpan())) / 8;
        words = read == words.Length ? words : words[..read];
        var registers = new RegisterState { Sp = rest.Sp };
        var memory = new StackMemory(rest.Sp, words, isCut: bytes == MaxStackBytes);
        int count = words.Length == 0 ? 0 : _unwinder.Unwind(in registers, rest.Pc, in memory, _frames);
        nuint[] frames = count == 0 || _unwinder.FirstManaged >= count ? [] : _frames[_unwinder.FirstManaged..count];
        return new CopiedThread(systemId, address, rest, words, frames, [.. frames.Select(NameOf)]);
    }

    private string NameOf(nuint address)
    {
        if (!_names.TryGetValue(address, out string? name))
        {
            FrameSymbol? symbol = CodeAddress.IsPossible(address) ? _symbols.Resolve(address) : null;
            name = symbol?.Name ?? "";
            _names.Add(address, name);
        }

        return name;
    }
}

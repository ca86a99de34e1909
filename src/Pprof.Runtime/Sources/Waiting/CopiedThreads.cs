using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Snapshot.Dac;
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
    private const int MaxFrames = 512;
    private const int MaxStackBytes = 256 * 1024;

    private readonly HeapSnapshot _snapshot;
    private readonly ManagedSymbols _symbols = ManagedSymbols.Create();
    private readonly Dictionary<nuint, string> _names = [];
    private readonly StackUnwinder _unwinder = new();
    private readonly nuint[] _frames = new nuint[MaxFrames + 1];
    private readonly Dictionary<ulong, int> _byAddress = [];
    private readonly Dictionary<uint, int> _byManagedId = [];

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
            if (others.Contains(systemId) && snapshot.Rests.TryGetValue(systemId, out ThreadRest rest))
            {
                Waiting.Add(Read(address, thread, rest));
            }
        }
    }

    /// <summary>Those that wait, without this package's.</summary>
    public List<CopiedThread> Waiting { get; } = [];

    /// <summary>The system's id of the runtime's thread at an address; null where there is none.</summary>
    public int? ByAddress(ulong address) => _byAddress.TryGetValue(address, out int systemId) ? systemId : null;

    /// <summary>The thread with an id of the system's; null where it is none of the runtime's.</summary>
    public int? BySystemId(uint id) => _byManagedId.ContainsValue((int)id) ? (int)id : null;

    /// <summary>The system's id of the thread with an id of the runtime's; null where there is none.</summary>
    public int? ByManagedId(uint id) => _byManagedId.TryGetValue(id, out int systemId) ? systemId : null;

    private CopiedThread Read(ulong address, in ThreadData thread, in ThreadRest rest)
    {
        (_, ulong high) = _snapshot.Dac.StackOf(address);
        ulong bytes = high > rest.Sp ? Math.Min(high - rest.Sp, MaxStackBytes) : 0;
        nuint[] words = new nuint[bytes / 8];
        int read = _snapshot.Memory.Read(rest.Sp, MemoryMarshal.AsBytes(words.AsSpan())) / 8;
        words = read == words.Length ? words : words[..read];
        var registers = new RegisterState { Sp = rest.Sp };
        var memory = new StackMemory(rest.Sp, words, isCut: bytes == MaxStackBytes);
        int count = words.Length == 0 ? 0 : _unwinder.Unwind(in registers, rest.Pc, in memory, _frames);
        nuint[] frames = count == 0 || _unwinder.FirstManaged >= count ? [] : _frames[_unwinder.FirstManaged..count];
        return new CopiedThread((int)thread.SystemId, address, rest, words, frames, [.. frames.Select(NameOf)]);
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

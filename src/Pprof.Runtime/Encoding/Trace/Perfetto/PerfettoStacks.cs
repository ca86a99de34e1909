using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>The ids of stacks and of their frames, each of which is written when it is first needed.</summary>
internal sealed class PerfettoStacks(PerfettoFile file, PerfettoNames names, Symbolizer symbolizer)
{
    /// <summary>The id of no stack.</summary>
    public const ulong None = 0;

    // The runtime keeps no more of a stack either, the innermost.
    private const int MaxFrames = 100;

    private const int MaxStacks = 50_000;
    private const int MaxStackFrames = 1_000_000;
    private const ulong Mapping = 1;

    private readonly Dictionary<nuint, (ulong Id, string? Name)> _frames = [];
    private StackTable _table = new();
    private readonly Dictionary<StackTable.CountedStack, (ulong Id, WorkName Work)> _stacks = [];
    private int _stackFrames;

    /// <summary>Whether there are so many that they are to be forgotten.</summary>
    public bool IsFull => _stacks.Count >= MaxStacks || _stackFrames >= MaxStackFrames;

    /// <summary>The stack of these frames, leaf first, and what it tells of the work that has it.</summary>
    public (ulong Id, WorkName Work) Of(ReadOnlySpan<nuint> frames)
    {
        if (frames.IsEmpty)
        {
            return (None, default);
        }

        frames = frames[..Math.Min(frames.Length, MaxFrames)];
        StackTable.CountedStack key = _table.Add(frames);
        if (!_stacks.TryGetValue(key, out (ulong Id, WorkName Work) stack))
        {
            stack = Define(frames);
            _stacks.Add(key, stack);
            _stackFrames += frames.Length;
        }

        return stack;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _table = new StackTable();
        _stacks.Clear();
        _frames.Clear();
        _stackFrames = 0;
    }

    private (ulong Id, WorkName Work) Define(ReadOnlySpan<nuint> frames)
    {
        Span<ulong> ids = stackalloc ulong[frames.Length];
        var work = new WorkName(isCut: frames.Length == MaxFrames);
        for (int i = 0; i < frames.Length; i++)
        {
            // From the root to the leaf.
            (ids[i], string? name) = FrameOf(frames[^(i + 1)]);
            work.Add(name);
        }

        ulong id = (ulong)_stacks.Count + 1;
        file.DefineCallstack(id, ids);
        return (id, work);
    }

    private (ulong Id, string? Name) FrameOf(nuint address)
    {
        if (!_frames.TryGetValue(address, out (ulong Id, string? Name) frame))
        {
            if (_frames.Count == 0)
            {
                file.DefineMapping(Mapping, names.IdOf(InternedField.MappingPath, "code"));
            }

            FrameSymbol? symbol = symbolizer.Resolve(address);
            frame = ((ulong)_frames.Count + 1, symbol?.Name);
            _frames.Add(address, frame);
            file.DefineFrame(
                frame.Id,
                names.IdOf(InternedField.FunctionName, symbol?.Name ?? $"0x{(ulong)address:x}"),
                Mapping,
                address,
                symbol is { FileName.Length: > 0 } ? names.IdOf(InternedField.SourcePath, symbol.FileName) : 0,
                Math.Max(0, symbol?.Line ?? 0));
        }

        return frame;
    }
}

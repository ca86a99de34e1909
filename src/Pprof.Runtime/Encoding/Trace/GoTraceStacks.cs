using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Trace;

/// <summary>
/// The stacks, names and strings of a trace, each defined once, when it is first needed. Bounded: what comes after the
/// bound has no stack.
/// </summary>
internal sealed class GoTraceStacks(GoTraceFile file, Symbolizer symbolizer)
{
    /// <summary>The id of no stack.</summary>
    public const uint None = 0;

    private const int MaxStacks = 100_000;
    private const int MaxNames = 100_000;

    // The runtime keeps no more of a stack either, the innermost.
    private const int MaxFrames = 100;

    private readonly Dictionary<nuint, Frame> _frames = [];
    private readonly StackTable _table = new();
    private readonly Dictionary<StackTable.CountedStack, Stack> _stacks = [];
    private readonly Dictionary<string, uint> _strings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GoTraceFrame> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint> _nameStacks = new(StringComparer.Ordinal);
    private uint _lastString;
    private uint _lastStack;

    /// <summary>Stacks that were left out.</summary>
    public long Lost { get; private set; }

    /// <summary>The stack of these frames, leaf first, and what it tells of the work that has it.</summary>
    public (uint Id, WorkName Work) Of(ReadOnlySpan<nuint> frames)
    {
        if (frames.IsEmpty)
        {
            return (None, default);
        }

        frames = frames[..Math.Min(frames.Length, MaxFrames)];
        StackTable.CountedStack key = _table.Add(frames);
        if (!_stacks.TryGetValue(key, out Stack stack))
        {
            if (_stacks.Count == MaxStacks)
            {
                _table.Remove(key);
                Lost++;
                return (None, default);
            }

            stack = Define(frames);
            _stacks.Add(key, stack);
        }

        return (stack.Id, stack.Work);
    }

    /// <summary>An id for a stack that is defined later.</summary>
    public uint Reserve() => ++_lastStack;

    /// <summary>A stack that is a name alone.</summary>
    public uint OfName(string name)
    {
        if (!_nameStacks.TryGetValue(name, out uint id))
        {
            id = Reserve();
            Define(id, name);
            if (_nameStacks.Count < MaxNames)
            {
                _nameStacks.Add(name, id);
            }
        }

        return id;
    }

    /// <summary>Makes a stack that was reserved a name alone.</summary>
    public void Define(uint id, string name)
    {
        if (!_names.TryGetValue(name, out GoTraceFrame frame))
        {
            // Who reads it counts what has the same address together. No code lies at addresses that small.
            frame = new GoTraceFrame((ulong)Math.Min(_names.Count, MaxNames) + 1, StringOf(name), 0, 0);
            if (_names.Count < MaxNames)
            {
                _names.Add(name, frame);
            }
            else
            {
                frame = frame with { Function = StringOf("(other names)") };
            }
        }

        file.DefineStack(id, [frame]);
    }

    /// <summary>The id of a string.</summary>
    public uint StringOf(string text)
    {
        if (!_strings.TryGetValue(text, out uint id))
        {
            id = ReserveString();
            file.DefineString(id, text);
            if (_strings.Count < MaxNames)
            {
                _strings.Add(text, id);
            }
        }

        return id;
    }

    /// <summary>An id for a string that is defined later.</summary>
    public uint ReserveString() => ++_lastString;

    /// <summary>Gives a string that was reserved its text.</summary>
    public void DefineString(uint id, string text) => file.DefineString(id, text);

    private Stack Define(ReadOnlySpan<nuint> frames)
    {
        Span<GoTraceFrame> defined = stackalloc GoTraceFrame[frames.Length];
        var work = new WorkName(isCut: frames.Length == MaxFrames);
        for (int i = frames.Length - 1; i >= 0; i--)
        {
            Frame frame = FrameOf(frames[i]);
            defined[i] = frame.Defined;
            work.Add(frame.Name);
        }

        uint id = Reserve();
        file.DefineStack(id, defined);
        return new Stack(id, work);
    }

    private Frame FrameOf(nuint address)
    {
        if (!_frames.TryGetValue(address, out Frame frame))
        {
            FrameSymbol? symbol = symbolizer.Resolve(address);
            string name = symbol?.Name ?? $"0x{(ulong)address:x}";
            frame = new Frame(
                new GoTraceFrame(
                    address,
                    StringOf(name),
                    symbol is { FileName.Length: > 0 } ? StringOf(symbol.FileName) : 0,
                    (uint)Math.Max(0, symbol?.Line ?? 0)),
                symbol is null ? null : name);
            _frames.Add(address, frame);
        }

        return frame;
    }

    private readonly record struct Frame(GoTraceFrame Defined, string? Name);

    private readonly record struct Stack(uint Id, WorkName Work);
}

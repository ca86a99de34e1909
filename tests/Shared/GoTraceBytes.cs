namespace Pprof.Testing;

/// <summary>
/// The bytes of a trace, as the tools of later releases read its format (<c>internal/tracev1/parser.go</c> and <c>tracev1.go</c>
/// of golang.org/x/exp/trace): they demand more of them than that of Go 1.19.
/// </summary>
internal sealed class GoTraceBytes
{
    private const int Batch = 1;
    private const int Frequency = 2;
    private const int Stack = 3;
    private const int ProcessorCount = 4;
    private const int Create = 13;
    private const int String = 37;
    private const int Log = 48;
    private const int Sample = 49;

    private const int MaxArgumentBytes = 2048;
    private const int MaxFrames = 1000;

    private readonly byte[] _bytes;
    private readonly HashSet<ulong> _strings = [];
    private readonly HashSet<ulong> _stacks = [];
    private readonly List<ulong> _usedStrings = [];
    private readonly List<ulong> _usedStacks = [];
    private int _at = 16;
    private bool _hasBatch;
    private bool _hasFrequency;
    private ulong _time;
    private ulong _firstCount = ulong.MaxValue;
    private ulong _firstCreate = ulong.MaxValue;

    private GoTraceBytes(byte[] bytes) => _bytes = bytes;

    /// <summary>Reads all.</summary>
    /// <exception cref="InvalidDataException">A later release would not take it.</exception>
    public static void Check(byte[] trace) => new GoTraceBytes(trace).Read();

    private void Read()
    {
        Demand(_bytes.AsSpan().StartsWith("go 1.19 trace\0\0\0"u8), "the header is another");
        while (_at < _bytes.Length)
        {
            ReadEvent();
        }

        Demand(_hasFrequency, "there is no frequency");

        // What is created before the number of processors is known would be there when the trace begins.
        Demand(_firstCount <= _firstCreate, "a goroutine comes before the number of processors");
        Demand(_usedStrings.All(_strings.Contains), "a string is not there");
        Demand(_usedStacks.All(id => id == 0 || _stacks.Contains(id)), "a stack is not there");
    }

    private void ReadEvent()
    {
        int head = _bytes[_at++];
        (int type, int inHead) = (head & 0x3f, head >> 6);
        if (type == String)
        {
            ulong id = Number();
            Demand(id != 0 && _strings.Add(id), "a string has no id of its own");
            ReadText();
            return;
        }

        // What is no string belongs to a processor.
        Demand(_hasBatch || type == Batch, "an event comes before the first batch");
        if (type == Batch)
        {
            Demand(inHead == 1, "a batch has other arguments");
            Demand(Number() <= int.MaxValue, "there is no such processor");
            _time = Number();
            _hasBatch = true;
            return;
        }

        if (type == Frequency)
        {
            Demand(inHead == 0 && Number() > 0, "the frequency is none");
            _hasFrequency = true;
            return;
        }

        ReadArguments(type, inHead == 3 ? ReadCounted() : [.. Enumerable.Range(0, inHead + 1).Select(_ => Number())]);
        if (type == Log)
        {
            ReadText();
        }
    }

    private List<ulong> ReadCounted()
    {
        int length = (int)Number();
        Demand(length <= MaxArgumentBytes, $"an event has {length} bytes");
        List<ulong> arguments = [];
        for (int end = _at + length; _at < end;)
        {
            arguments.Add(Number());
        }

        return arguments;
    }

    private void ReadArguments(int type, List<ulong> arguments)
    {
        if (type == Stack)
        {
            Demand(arguments[1] is > 0 and <= MaxFrames && arguments.Count == 2 + (4 * (int)arguments[1]), "a stack has other arguments");
            Demand(arguments[0] != 0 && _stacks.Add(arguments[0]), "a stack has no id of its own");
            for (int i = 2; i < arguments.Count; i += 4)
            {
                _usedStrings.Add(arguments[i + 1]);
                _usedStrings.AddRange(arguments[i + 2] == 0 ? [] : [arguments[i + 2]]);
            }

            return;
        }

        Demand(arguments.Count == ArgumentsOf(type), $"event {type} has {arguments.Count} arguments");

        // Later releases do not count it.
        Demand(type != Sample || arguments[0] == 0, "a sample has a time beside its own");

        _time += arguments[0];
        if (type == ProcessorCount)
        {
            _firstCount = Math.Min(_firstCount, _time);
        }
        else if (type == Create)
        {
            _firstCreate = Math.Min(_firstCreate, _time);
            _usedStacks.Add(arguments[2]);
        }

        if (type is ProcessorCount or 7 or Create or 17 or 19 or 20 or (>= 24 and <= 27) or 39 or >= 45)
        {
            _usedStacks.Add(arguments[^1]);
        }

        if (type is 45 or 47)
        {
            _usedStrings.Add(arguments[3]);
        }
        else if (type == Log)
        {
            _usedStrings.Add(arguments[2]);
        }
    }

    /// <summary>The time and the stack among them; -1 where there is no such event.</summary>
    private static int ArgumentsOf(int type) => type switch
    {
        6 or 8 or 10 or 15 => 1,
        5 or 9 or 17 or 19 or 20 or 24 or 25 or 26 or 27 or 33 or 34 or 38 => 2,
        ProcessorCount or 7 or 39 or 46 => 3,
        Create or Log => 4,
        45 or 47 or Sample => 5,
        _ => -1,
    };

    private void ReadText()
    {
        int length = (int)Number();
        Demand(length is > 0 and <= 1_000_000, "a string has no length");
        _at += length;
    }

    private ulong Number()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            Demand(_at < _bytes.Length && shift < 64, "a number has no end");
            byte next = _bytes[_at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    private static void Demand(bool holds, string error)
    {
        if (!holds)
        {
            throw new InvalidDataException(error);
        }
    }
}

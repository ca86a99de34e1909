using System.Diagnostics;

namespace Pprof.Encoding.Trace;

/// <summary>
/// The bytes of an execution trace in Go's format 1.19, which <c>go tool trace</c> reads from that release on
/// (<c>runtime/trace.go</c> there): a header, then batches of one processor's events each. Knows nothing of what the events
/// mean.
/// </summary>
/// <param name="output">Gets the bytes, in pieces.</param>
internal sealed class GoTraceFile(Action<ReadOnlyMemory<byte>> output)
{
    // As large as the runtime's own.
    private const int BatchSize = 64 * 1024;

    // The largest event without a string: five numbers of ten bytes. Strings are shorter than this.
    private const int EventSize = 64;
    private const int MaxStringBytes = 4096;

    private readonly List<Buffer> _processors = [];
    private readonly Buffer _definitions = new();
    private readonly Buffer _arguments = new();

    /// <summary>The time of the last event.</summary>
    public long Time { get; private set; }

    /// <summary>The first bytes.</summary>
    public void Begin() => output("go 1.19 trace\0\0\0"u8.ToArray());

    /// <summary>
    /// An event of a processor. One that comes late gets a time after all before: so the order of times is that of the calls,
    /// which is all that the reader orders the events of several processors by.
    /// </summary>
    public void Event(int processor, GoTraceEvent type, long time, params ReadOnlySpan<ulong> arguments)
    {
        while (_processors.Count <= processor)
        {
            _processors.Add(new Buffer());
        }

        Time = time = Math.Max(time, Time + 1);
        Buffer buffer = _processors[processor];
        if (buffer.Length + EventSize > BatchSize)
        {
            Flush(processor);
        }

        if (buffer.Length == 0)
        {
            BeginBatch(buffer, processor, time);
        }

        // The length of what follows stands before it where the head has no room for the number of arguments.
        int head = buffer.Length;
        int inHead = Math.Min(arguments.Length, 3);
        buffer.Byte((byte)type | (inHead << 6));
        if (inHead == 3)
        {
            buffer.Byte(0);
        }

        // A sample has its time among its arguments. Later readers do not count what stands here of it.
        int start = buffer.Length;
        long counted = type == GoTraceEvent.Sample ? buffer.Time : time;
        buffer.Number((ulong)(counted - buffer.Time));
        buffer.Time = counted;
        foreach (ulong argument in arguments)
        {
            buffer.Number(argument);
        }

        if (inHead == 3)
        {
            buffer.Set(head + 1, (byte)(buffer.Length - start));
        }
    }

    /// <summary>A sample of what runs on a processor.</summary>
    public void Sample(int processor, long time, ulong goroutine, uint stack)
    {
        time = Math.Max(time, Time + 1);
        Event(processor, GoTraceEvent.Sample, time, (ulong)time, (ulong)processor, goroutine, stack);
    }

    /// <summary>The message of the log event that was the last of this processor.</summary>
    public void Message(int processor, string text) => _processors[processor].Text(text);

    /// <summary>Gives an id, which events may have named before, its text.</summary>
    public void DefineString(uint id, string text)
    {
        BeginDefinitions(MaxStringBytes);
        _definitions.Byte((byte)GoTraceEvent.String);
        _definitions.Number(id);
        _definitions.Text(text);
    }

    /// <summary>Gives an id, which events may have named before, its frames.</summary>
    public void DefineStack(uint id, ReadOnlySpan<GoTraceFrame> frames)
    {
        BeginDefinitions(frames.Length * EventSize);
        _arguments.Clear();
        _arguments.Number(id);
        _arguments.Number((ulong)frames.Length);
        foreach (GoTraceFrame frame in frames)
        {
            _arguments.Number(frame.Address);
            _arguments.Number(frame.Function);
            _arguments.Number(frame.File);
            _arguments.Number(frame.Line);
        }

        _definitions.Byte((byte)GoTraceEvent.Stack | (3 << 6));
        _definitions.Number((ulong)_arguments.Length);
        _definitions.Bytes(_arguments.Written.Span);
    }

    /// <summary>Puts out what there is.</summary>
    public void Flush()
    {
        FlushDefinitions();
        for (int processor = 0; processor < _processors.Count; processor++)
        {
            Flush(processor);
        }
    }

    /// <summary>The last bytes: what a second is in times, which are those of <see cref="Stopwatch"/>.</summary>
    public void End()
    {
        BeginDefinitions(EventSize);
        _definitions.Byte((byte)GoTraceEvent.Frequency);
        _definitions.Number((ulong)Stopwatch.Frequency);
        Flush();
    }

    private static void BeginBatch(Buffer buffer, int processor, long time)
    {
        buffer.Byte((byte)GoTraceEvent.Batch | (1 << 6));
        buffer.Number((ulong)processor);
        buffer.Number((ulong)time);
        buffer.Time = time;
    }

    // Newer readers of the format take them inside of a batch only.
    private void BeginDefinitions(int bytes)
    {
        if (_definitions.Length + bytes + EventSize > BatchSize)
        {
            FlushDefinitions();
        }

        if (_definitions.Length == 0)
        {
            BeginBatch(_definitions, 0, Time);
        }
    }

    private void Flush(int processor)
    {
        Buffer buffer = _processors[processor];
        if (buffer.Length > 0)
        {
            output(buffer.Written);
            buffer.Clear();
        }
    }

    private void FlushDefinitions()
    {
        if (_definitions.Length > 0)
        {
            output(_definitions.Written);
            _definitions.Clear();
        }
    }

    /// <summary>Bytes that have not been put out.</summary>
    private sealed class Buffer
    {
        private byte[] _bytes = new byte[256];

        public int Length { get; private set; }

        /// <summary>That of the last event.</summary>
        public long Time { get; set; }

        public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

        public void Clear() => Length = 0;

        public void Set(int index, byte value) => _bytes[index] = value;

        public void Byte(int value)
        {
            Reserve(1);
            _bytes[Length++] = (byte)value;
        }

        /// <summary>A LEB128 number.</summary>
        public void Number(ulong value)
        {
            Reserve(10);
            for (; value >= 0x80; value >>= 7)
            {
                _bytes[Length++] = (byte)(value | 0x80);
            }

            _bytes[Length++] = (byte)value;
        }

        public void Bytes(ReadOnlySpan<byte> bytes)
        {
            Reserve(bytes.Length);
            bytes.CopyTo(_bytes.AsSpan(Length));
            Length += bytes.Length;
        }

        /// <summary>A text with its number of bytes, cut where it is too long.</summary>
        public void Text(string text)
        {
            // An empty one is refused.
            Span<byte> utf8 = stackalloc byte[MaxStringBytes];
            System.Text.Unicode.Utf8.FromUtf16(text.Length == 0 ? " " : text, utf8, out _, out int length);
            Number((ulong)length);
            Bytes(utf8[..length]);
        }

        private void Reserve(int count)
        {
            if (Length + count > _bytes.Length)
            {
                Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + count));
            }
        }
    }
}

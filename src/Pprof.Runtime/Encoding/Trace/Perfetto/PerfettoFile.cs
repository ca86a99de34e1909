using System.Diagnostics;
using Pprof.Encoding.Protobuf;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// The bytes of a trace in Perfetto's format, packet by packet, all of one sequence. Knows nothing of what the events mean. A
/// reader puts events into the order of their times; at the same time, into that of the file.
/// </summary>
/// <param name="output">Gets the bytes, in pieces.</param>
internal sealed class PerfettoFile(Action<ReadOnlyMemory<byte>> output)
{
    private const int PieceSize = 64 * 1024;
    private const long Sequence = 1;

    private static readonly double s_nanoseconds = 1e9 / Stopwatch.Frequency;

    private readonly ProtobufWriter _piece = new();
    private readonly ProtobufWriter _packet = new();
    private readonly ProtobufWriter _part = new();
    private readonly ProtobufWriter _partOfPart = new();
    private ulong _lastTrack;
    private ulong _lastFlow;
    private bool _isCleared = true;

    /// <summary>The time of the last event.</summary>
    public long Time { get; private set; }

    /// <summary>
    /// The time for what happens next, which is after everything before: what comes late is drawn late, and what is nested is
    /// always inside.
    /// </summary>
    public long Next(long time) => Time = Math.Max(time, Time + 1);

    /// <summary>An id for a track.</summary>
    public ulong NewTrack() => ++_lastTrack;

    /// <summary>An id for an arrow from one event to another.</summary>
    public ulong NewFlow() => ++_lastFlow;

    /// <summary>The first bytes: what time it is on the clock of the trace.</summary>
    public void Begin(long time, DateTimeOffset now)
    {
        Time = time;
        BeginPacket();
        _part.Clear();
        AddClock(ClockSnapshotField.Realtime, (now - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
        AddClock(ClockSnapshotField.Monotonic, Nanoseconds(time));
        _part.Number(ClockSnapshotField.PrimaryTraceClock, ClockSnapshotField.Monotonic);
        _packet.Message(PacketField.ClockSnapshot, _part);
        EndPacket();

        void AddClock(long clock, long nanoseconds)
        {
            _partOfPart.Clear();
            _partOfPart.Number(ClockSnapshotField.ClockId, clock);
            _partOfPart.Number(ClockSnapshotField.ClockTimestamp, nanoseconds);
            _part.Message(ClockSnapshotField.Clocks, _partOfPart);
        }
    }

    /// <summary>What has been interned is forgotten from the next packet on.</summary>
    public void Clear() => _isCleared = true;

    /// <summary>The process, whose track is the parent of those that have no other.</summary>
    public void DescribeProcess(ulong track, int processId, string name)
    {
        BeginTrack(track, 0);
        _partOfPart.Clear();
        _partOfPart.Number(ProcessField.Id, processId);
        _partOfPart.Text(ProcessField.Name, name);
        _part.Message(TrackField.Process, _partOfPart);
        EndTrack();
    }

    /// <summary>A thread, or a better name of it.</summary>
    public void DescribeThread(ulong track, int processId, int threadId, string? name)
    {
        BeginTrack(track, 0);
        _partOfPart.Clear();
        _partOfPart.Number(ThreadField.ProcessId, processId);
        _partOfPart.Number(ThreadField.Id, threadId);
        if (name is not null)
        {
            _partOfPart.Text(ThreadField.Name, name);
        }

        _part.Message(TrackField.Thread, _partOfPart);
        EndTrack();
    }

    /// <summary>A track of slices that are no thread's.</summary>
    /// <param name="track">Its id.</param>
    /// <param name="parent">That of the track below which it is drawn.</param>
    /// <param name="name">Its name. Siblings of one name are drawn as one.</param>
    /// <param name="rank">Where it stands among its siblings, the lowest first.</param>
    public void DescribeTrack(ulong track, ulong parent, string name, int rank)
    {
        BeginTrack(track, parent);
        _part.Text(TrackField.Name, name);
        _part.Number(TrackField.Rank, rank);
        EndTrack();
    }

    /// <summary>A track of numbers.</summary>
    public void DescribeCounter(ulong track, ulong parent, string name, CounterUnit unit, int rank)
    {
        BeginTrack(track, parent);
        _part.Text(TrackField.Name, name);
        _part.Number(TrackField.Rank, rank);
        _partOfPart.Clear();
        _partOfPart.Number(CounterField.Unit, (long)unit);
        _part.Message(TrackField.Counter, _partOfPart);
        EndTrack();
    }

    /// <summary>A slice begins.</summary>
    /// <param name="track">Its track.</param>
    /// <param name="time">When.</param>
    /// <param name="category">The id of what kind of thing it is.</param>
    /// <param name="name">The id of its name.</param>
    /// <param name="callstack">The id of a stack, or 0.</param>
    /// <param name="endingFlow">The arrow that ends here, or 0.</param>
    /// <param name="annotations">Numbers by the ids of their names.</param>
    public void BeginSlice(
        ulong track, long time, ulong category, ulong name, ulong callstack = 0, ulong endingFlow = 0, params ReadOnlySpan<(ulong Name, long Number)> annotations)
    {
        BeginEvent(EventType.Begin, track, time);
        _part.Number(EventField.CategoryId, category);
        _part.Number(EventField.NameId, name);
        _part.Number(EventField.Callstack, callstack);
        AddFlow(EventField.EndingFlow, endingFlow);
        foreach ((ulong annotation, long number) in annotations)
        {
            _partOfPart.Clear();
            _partOfPart.Number(AnnotationField.NameId, annotation);
            _partOfPart.Value(AnnotationField.Number, number);
            _part.Message(EventField.Annotation, _partOfPart);
        }

        EndEvent();
    }

    /// <summary>The slice that began last on the track, of those that have not ended, ends.</summary>
    public void EndSlice(ulong track, long time, ulong endingFlow = 0, ulong flow = 0)
    {
        BeginEvent(EventType.End, track, time);
        AddFlow(EventField.Flow, flow);
        AddFlow(EventField.EndingFlow, endingFlow);
        EndEvent();
    }

    /// <summary>Something happens.</summary>
    public void Instant(ulong track, long time, ulong category, ulong name, ulong callstack = 0, ulong flow = 0)
    {
        BeginEvent(EventType.Instant, track, time);
        _part.Number(EventField.CategoryId, category);
        _part.Number(EventField.NameId, name);
        _part.Number(EventField.Callstack, callstack);
        AddFlow(EventField.Flow, flow);
        EndEvent();
    }

    /// <summary>Something that is said once, so that its name is not interned.</summary>
    public void Message(ulong track, long time, ulong category, string text, ulong callstack)
    {
        BeginEvent(EventType.Instant, track, time);
        _part.Number(EventField.CategoryId, category);
        _part.Text(EventField.Name, text);
        _part.Number(EventField.Callstack, callstack);
        EndEvent();
    }

    /// <summary>A counter has a value.</summary>
    public void Count(ulong track, long time, long value)
    {
        BeginEvent(EventType.Counter, track, time);
        _part.Value(EventField.CounterValue, value);
        EndEvent();
    }

    /// <summary>A thread uses CPU time.</summary>
    public void Sample(long time, int processId, int threadId, ulong callstack)
    {
        BeginPacket(time);
        _part.Clear();
        _part.Number(SampleField.ProcessId, processId);
        _part.Number(SampleField.ThreadId, threadId);
        _part.Number(SampleField.Callstack, callstack);
        _packet.Message(PacketField.PerfSample, _part);
        EndPacket();
    }

    /// <summary>A text that later packets name by its id.</summary>
    /// <param name="field">What it is, of <see cref="InternedField"/>.</param>
    /// <param name="id">Its id.</param>
    /// <param name="text">The text.</param>
    public void DefineText(int field, ulong id, string text)
    {
        _partOfPart.Clear();
        _partOfPart.Number(InternedTextField.Id, id);
        _partOfPart.Text(InternedTextField.Text, text);
        Define(field);
    }

    /// <summary>The file that all frames are said to be of.</summary>
    public void DefineMapping(ulong id, ulong path)
    {
        _partOfPart.Clear();
        _partOfPart.Number(MappingField.Id, id);
        _partOfPart.Number(MappingField.Path, path);
        Define(InternedField.Mapping);
    }

    /// <summary>A frame that later packets name by its id.</summary>
    public void DefineFrame(ulong id, ulong function, ulong mapping, ulong address, ulong source, int line)
    {
        _partOfPart.Clear();
        _partOfPart.Number(FrameField.Id, id);
        _partOfPart.Number(FrameField.Function, function);
        _partOfPart.Number(FrameField.Mapping, mapping);
        _partOfPart.Value(FrameField.Address, (long)address);
        _partOfPart.Number(FrameField.Source, source);
        _partOfPart.Number(FrameField.Line, line);
        Define(InternedField.Frame);
    }

    /// <summary>A stack that later packets name by its id.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="frames">The ids of its frames, the outermost first.</param>
    public void DefineCallstack(ulong id, ReadOnlySpan<ulong> frames)
    {
        _partOfPart.Clear();
        _partOfPart.Number(CallstackField.Id, id);
        foreach (ulong frame in frames)
        {
            _partOfPart.Number(CallstackField.Frames, frame);
        }

        Define(InternedField.Callstack);
    }

    /// <summary>Puts out what there is.</summary>
    public void Flush()
    {
        ReadOnlyMemory<byte> written = _piece.Written;
        if (written.Length > 0)
        {
            output(written);
            _piece.Clear();
        }
    }

    private static long Nanoseconds(long time) => Stopwatch.Frequency == 1_000_000_000 ? time : (long)(time * s_nanoseconds);

    private void AddFlow(int field, ulong flow)
    {
        if (flow != 0)
        {
            _part.Fixed(field, flow);
        }
    }

    private void BeginEvent(EventType type, ulong track, long time)
    {
        BeginPacket(time);
        _part.Clear();
        _part.Number(EventField.Type, (long)type);
        _part.Number(EventField.Track, track);
    }

    private void EndEvent()
    {
        _packet.Message(PacketField.TrackEvent, _part);
        EndPacket();
    }

    private void BeginTrack(ulong track, ulong parent)
    {
        BeginPacket(Time);
        _part.Clear();
        _part.Number(TrackField.Id, track);
        _part.Number(TrackField.Parent, parent);
        if (parent == 0)
        {
            _part.Number(TrackField.ChildOrdering, TrackField.Explicit);
        }
    }

    private void EndTrack()
    {
        _packet.Message(PacketField.TrackDescriptor, _part);
        EndPacket();
    }

    private void Define(int field)
    {
        BeginPacket(Time);
        _part.Clear();
        _part.Message(field, _partOfPart);
        _packet.Message(PacketField.InternedData, _part);
        EndPacket();
    }

    private void BeginPacket(long time)
    {
        BeginPacket();
        _packet.Number(PacketField.Timestamp, Nanoseconds(time));
    }

    private void BeginPacket()
    {
        _packet.Clear();
        _packet.Number(PacketField.SequenceId, Sequence);
        if (!_isCleared)
        {
            _packet.Number(PacketField.SequenceFlags, SequenceFlag.NeedsState);
            return;
        }

        _isCleared = false;
        _packet.Number(PacketField.SequenceFlags, SequenceFlag.Cleared | SequenceFlag.NeedsState);
        _part.Clear();
        _part.Number(DefaultsField.TimestampClock, ClockSnapshotField.Monotonic);
        _packet.Message(PacketField.Defaults, _part);
    }

    private void EndPacket()
    {
        _piece.Message(TraceField.Packet, _packet);
        if (_piece.Length >= PieceSize)
        {
            Flush();
        }
    }
}

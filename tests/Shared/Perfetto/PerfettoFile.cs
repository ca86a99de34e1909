namespace Pprof.Testing.Perfetto;

/// <summary>
/// A trace, read as Perfetto's trace processor reads it: what is interned packet by packet, events in the order of their times
/// and, at the same time, of the file. Whatever that would count as an error is one here.
/// </summary>
internal sealed class PerfettoFile
{
    private const uint Cleared = 1;
    private const uint NeedsState = 2;
    private const uint Monotonic = 3;

    private readonly Dictionary<(string Kind, ulong Id), object> _interned = [];
    private readonly List<(TracePacket Packet, PerfettoEvent? Event)> _read = [];
    private readonly Dictionary<ulong, (PerfettoEvent Event, bool IsOver)> _flows = [];
    private readonly Dictionary<ulong, Stack<PerfettoEvent>> _open = [];

    public PerfettoFile(byte[] bytes)
    {
        foreach (TracePacket packet in Trace.Parser.ParseFrom(bytes).Packet)
        {
            Intern(packet);
        }

        foreach ((TracePacket packet, PerfettoEvent? read) in _read.OrderBy(static read => read.Packet.Timestamp))
        {
            Replay(packet, read!);
        }

        Check(_open.Values.All(static open => open.Count == 0), "a slice has no end");
        Check(Tracks.Values.All(track => !track.HasParentUuid || Tracks.ContainsKey(track.ParentUuid)), "a track has no parent");
    }

    /// <summary>The tracks by their ids.</summary>
    public Dictionary<ulong, TrackDescriptor> Tracks { get; } = [];

    /// <summary>Everything with a name that happened, slices by their beginnings.</summary>
    public List<PerfettoEvent> Events { get; } = [];

    /// <summary>The values of counters: time, track, value.</summary>
    public List<(long Time, ulong Track, long Value)> Counts { get; } = [];

    /// <summary>Sampled stacks: time, thread, functions with the outermost first.</summary>
    public List<(long Time, uint Thread, IReadOnlyList<string> Stack)> Samples { get; } = [];

    /// <summary>How often what had been interned was forgotten.</summary>
    public int Clearings { get; private set; }

    /// <summary>What is of a kind.</summary>
    public PerfettoEvent[] Of(string category) => [.. Events.Where(read => read.Category == category)];

    /// <summary>The values of the counter of a name.</summary>
    public long[] ValuesOf(string counter) =>
        [.. Counts.Where(count => Tracks[count.Track] is { Counter: not null } track && track.Name == counter).Select(static count => count.Value)];

    private static void Check(bool holds, string error)
    {
        if (!holds)
        {
            throw new InvalidDataException(error);
        }
    }

    private void Intern(TracePacket packet)
    {
        if ((packet.SequenceFlags & Cleared) != 0)
        {
            _interned.Clear();
            Clearings++;
            Check(packet.TracePacketDefaults?.TimestampClockId == Monotonic, "the clock is not said again");
        }

        Check(packet.TrustedPacketSequenceId == 1 && (packet.SequenceFlags & NeedsState) != 0 && Clearings > 0, "a packet belongs to no state");
        if (packet.ClockSnapshot is { } clocks)
        {
            Check(clocks.PrimaryTraceClock == Monotonic && clocks.Clocks.Any(static clock => clock.ClockId == Monotonic), "the clock is not that of the trace");
        }

        if (packet.InternedData is { } data)
        {
            Add("category", data.EventCategories);
            Add("name", data.EventNames);
            Add("annotation", data.DebugAnnotationNames);
            Add("function", data.FunctionNames);
            Add("path", data.MappingPaths);
            Add("source", data.SourcePaths);
            foreach (Mapping mapping in data.Mappings)
            {
                Check(mapping.PathStringIds.All(id => TextOf("path", id).Length > 0), "a mapping has no path");
                Add("mapping", mapping.Iid, "");
            }

            foreach (Frame frame in data.Frames)
            {
                Check(!frame.HasSourcePathIid || TextOf("source", frame.SourcePathIid).Length > 0, "a source has no path");
                TextOf("mapping", frame.MappingId);
                Add("frame", frame.Iid, TextOf("function", frame.FunctionNameId));
            }

            foreach (Callstack callstack in data.Callstacks)
            {
                Add("callstack", callstack.Iid, callstack.FrameIds.Select(id => TextOf("frame", id)).ToArray());
            }
        }

        if (packet.TrackDescriptor is { } track)
        {
            Tracks[track.Uuid] = track;
        }

        if (packet.TrackEvent is { } traced)
        {
            Check(Tracks.ContainsKey(traced.TrackUuid), "an event is on no track");
            PerfettoEvent? named = traced.Type is TrackEvent.Types.Type.SliceBegin or TrackEvent.Types.Type.Instant
                ? new PerfettoEvent(
                    traced.TrackUuid,
                    TextOf("category", traced.CategoryIids.Single()),
                    traced.HasName ? traced.Name : TextOf("name", traced.NameIid),
                    (long)packet.Timestamp,
                    null,
                    StackOf(traced.CallstackIid),
                    traced.DebugAnnotations.ToDictionary(annotation => TextOf("annotation", annotation.NameIid), static annotation => annotation.IntValue))
                : null;
            _read.Add((packet, named));
        }

        if (packet.PerfSample is { } sample)
        {
            Samples.Add(((long)packet.Timestamp, sample.Tid, StackOf(sample.CallstackIid)));
        }
    }

    private void Replay(TracePacket packet, PerfettoEvent read)
    {
        TrackEvent traced = packet.TrackEvent;
        bool isCounter = Tracks[traced.TrackUuid].Counter is not null;
        Check(isCounter == (traced.Type == TrackEvent.Types.Type.Counter), "an event is on a track of another kind");
        if (!_open.TryGetValue(traced.TrackUuid, out Stack<PerfettoEvent>? open))
        {
            _open.Add(traced.TrackUuid, open = new Stack<PerfettoEvent>());
        }

        switch (traced.Type)
        {
            case TrackEvent.Types.Type.SliceBegin:
                read = read with { Above = open.Count == 0 ? null : open.Peek() };
                Events.Add(read);
                open.Push(read);
                break;
            case TrackEvent.Types.Type.SliceEnd:
                Check(open.TryPop(out read!), "a slice ends that has not begun");
                read.End = (long)packet.Timestamp;
                break;
            case TrackEvent.Types.Type.Instant:
                read = read with { Above = open.Count == 0 ? null : open.Peek() };
                Events.Add(read);
                break;
            default:
                Check(traced.HasCounterValue, "a counter has no value");
                Counts.Add(((long)packet.Timestamp, traced.TrackUuid, traced.CounterValue));
                break;
        }

        foreach (ulong flow in traced.FlowIds)
        {
            Check(_flows.TryAdd(flow, (read, false)), "an arrow begins twice");
        }

        foreach (ulong flow in traced.TerminatingFlowIds)
        {
            Check(_flows.TryGetValue(flow, out (PerfettoEvent Event, bool IsOver) begun) && !begun.IsOver, "an arrow comes from nowhere");
            _flows[flow] = begun with { IsOver = true };
            read.From.Add(begun.Event);
        }
    }

    private void Add(string kind, IEnumerable<InternedString> strings)
    {
        foreach (InternedString text in strings)
        {
            Add(kind, text.Iid, text.Str);
        }
    }

    private void Add(string kind, ulong id, object value) => Check(id != 0 && _interned.TryAdd((kind, id), value), $"{kind} {id} is defined twice");

    private string TextOf(string kind, ulong id) => (string)Find(kind, id);

    private string[] StackOf(ulong id) => id == 0 ? [] : (string[])Find("callstack", id);

    private object Find(string kind, ulong id) =>
        _interned.TryGetValue((kind, id), out object? value) ? value : throw new InvalidDataException($"{kind} {id} is not defined");
}

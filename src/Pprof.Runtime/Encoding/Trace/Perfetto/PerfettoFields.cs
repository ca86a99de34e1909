namespace Pprof.Encoding.Trace.Perfetto;

// The field numbers of github.com/google/perfetto, message by message; each says in which file below protos/perfetto it stands.

/// <summary><c>trace/trace.proto</c>.</summary>
internal static class TraceField
{
    public const int Packet = 1;
}

/// <summary><c>trace/trace_packet.proto</c>.</summary>
internal static class PacketField
{
    public const int ClockSnapshot = 6;
    public const int Timestamp = 8;
    public const int SequenceId = 10;
    public const int TrackEvent = 11;
    public const int InternedData = 12;
    public const int SequenceFlags = 13;
    public const int Defaults = 59;
    public const int TrackDescriptor = 60;

    /// <summary>A sampled stack: <see cref="SampleField"/>.</summary>
    public const int PerfSample = 66;
}

/// <summary><c>trace/trace_packet.proto</c>, <c>SequenceFlags</c>.</summary>
internal static class SequenceFlag
{
    /// <summary>What was interned before is forgotten.</summary>
    public const long Cleared = 1;

    /// <summary>The packet refers to what is interned.</summary>
    public const long NeedsState = 2;
}

/// <summary><c>trace/trace_packet_defaults.proto</c>.</summary>
internal static class DefaultsField
{
    public const int TimestampClock = 58;
}

/// <summary><c>trace/clock_snapshot.proto</c>; the clocks themselves are those of <c>common/builtin_clock.proto</c>.</summary>
internal static class ClockSnapshotField
{
    public const int Clocks = 1;
    public const int PrimaryTraceClock = 2;

    /// <summary>Of <c>Clock</c>.</summary>
    public const int ClockId = 1;

    /// <summary>Of <c>Clock</c>.</summary>
    public const int ClockTimestamp = 2;

    public const long Realtime = 1;
    public const long Monotonic = 3;
}

/// <summary><c>trace/track_event/track_descriptor.proto</c>.</summary>
internal static class TrackField
{
    public const int Id = 1;
    public const int Name = 2;
    public const int Process = 3;
    public const int Thread = 4;
    public const int Parent = 5;
    public const int Counter = 8;
    public const int ChildOrdering = 11;
    public const int Rank = 12;

    /// <summary>Of <c>ChildTracksOrdering</c>: by <see cref="Rank"/>.</summary>
    public const long Explicit = 3;
}

/// <summary><c>trace/track_event/process_descriptor.proto</c>.</summary>
internal static class ProcessField
{
    public const int Id = 1;
    public const int Name = 6;
}

/// <summary><c>trace/track_event/thread_descriptor.proto</c>.</summary>
internal static class ThreadField
{
    public const int ProcessId = 1;
    public const int Id = 2;
    public const int Name = 5;
}

/// <summary><c>trace/track_event/counter_descriptor.proto</c>.</summary>
internal static class CounterField
{
    public const int Unit = 3;
}

/// <summary><c>trace/track_event/counter_descriptor.proto</c>, <c>Unit</c>.</summary>
internal enum CounterUnit
{
    /// <summary>A number of things.</summary>
    Count = 2,

    /// <summary>Bytes.</summary>
    Bytes = 3,
}

/// <summary><c>trace/track_event/track_event.proto</c>.</summary>
internal static class EventField
{
    public const int CategoryId = 3;
    public const int Annotation = 4;
    public const int Type = 9;
    public const int NameId = 10;
    public const int Track = 11;
    public const int Name = 23;
    public const int CounterValue = 30;
    public const int Flow = 47;
    public const int EndingFlow = 48;
    public const int Callstack = 56;
}

/// <summary><c>trace/track_event/track_event.proto</c>, <c>Type</c>.</summary>
internal enum EventType
{
    /// <summary>A slice begins.</summary>
    Begin = 1,

    /// <summary>The slice that began last on the track, of those that have not ended, ends.</summary>
    End = 2,

    /// <summary>Something happens.</summary>
    Instant = 3,

    /// <summary>A counter has a value.</summary>
    Counter = 4,
}

/// <summary><c>trace/track_event/debug_annotation.proto</c>.</summary>
internal static class AnnotationField
{
    public const int NameId = 1;
    public const int Number = 4;
}

/// <summary><c>trace/interned_data/interned_data.proto</c>.</summary>
internal static class InternedField
{
    public const int Category = 1;
    public const int EventName = 2;
    public const int AnnotationName = 3;
    public const int FunctionName = 5;
    public const int Frame = 6;
    public const int Callstack = 7;
    public const int MappingPath = 17;
    public const int SourcePath = 18;
    public const int Mapping = 19;
}

/// <summary>
/// What is interned has these two: <c>EventCategory</c> and <c>EventName</c> in <c>trace/track_event/track_event.proto</c>,
/// <c>DebugAnnotationName</c> in <c>debug_annotation.proto</c> beside it, <c>InternedString</c> in
/// <c>trace/profiling/profile_common.proto</c>, as do the three below.
/// </summary>
internal static class InternedTextField
{
    public const int Id = 1;
    public const int Text = 2;
}

/// <summary><c>trace/profiling/profile_common.proto</c>.</summary>
internal static class MappingField
{
    public const int Id = 1;
    public const int Path = 7;
}

/// <summary><c>trace/profiling/profile_common.proto</c>.</summary>
internal static class FrameField
{
    public const int Id = 1;
    public const int Function = 2;
    public const int Mapping = 3;
    public const int Address = 4;
    public const int Source = 5;
    public const int Line = 6;
}

/// <summary><c>trace/profiling/profile_common.proto</c>.</summary>
internal static class CallstackField
{
    public const int Id = 1;

    /// <summary>The outermost first.</summary>
    public const int Frames = 2;
}

/// <summary><c>trace/profiling/profile_packet.proto</c>, <c>PerfSample</c>.</summary>
internal static class SampleField
{
    public const int ProcessId = 2;
    public const int ThreadId = 3;
    public const int Callstack = 4;
}

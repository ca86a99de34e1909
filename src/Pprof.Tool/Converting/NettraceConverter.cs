using System.Runtime.InteropServices;
using Microsoft.Diagnostics.Tracing;
using Microsoft.Diagnostics.Tracing.Etlx;
using Microsoft.Diagnostics.Tracing.EventPipe;
using Microsoft.Diagnostics.Tracing.Parsers.Clr;
using Pprof.Encoding.Protobuf;
using Pprof.Profiles;
using Pprof.Symbols.Managed;

namespace Pprof.Tool.Converting;

/// <summary>Makes a profile of the events of a runtime (github.com/microsoft/perfview, NetTraceFormat.md).</summary>
internal sealed class NettraceConverter
{
    private static readonly byte[] s_signature = "Nettrace"u8.ToArray();

    // Native code may run, or wait; managed code runs.
    private static readonly LabelSet s_managed = new([new Label("code", "managed")]);
    private static readonly LabelSet s_native = new([new Label("code", "native")]);

    private readonly TraceFrames _frames;
    private readonly Profile _profile;
    private readonly Dictionary<CodeAddressIndex, nuint> _addresses = [];
    private readonly Dictionary<int, (nuint[] Stack, double Start)> _waits = [];
    private readonly List<nuint> _stack = [];

    private NettraceConverter(TraceLog log, EventProfile kind)
    {
        _frames = new TraceFrames(TraceProgram.FileOf(log));
        _profile = new Profile
        {
            Shape = EventProfiles.ShapeOf(kind),
            TimeNanos = (log.SessionStartTime.ToUniversalTime() - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
            DurationNanos = log.SessionDuration.Ticks * TimeSpan.NanosecondsPerTick,
        };
        if (EventProfiles.CommentOf(kind) is { } comment)
        {
            _profile.Comments.Add(comment);
        }

        if (log.EventsLost > 0)
        {
            _profile.Gaps.LostEvents = log.EventsLost;
        }
    }

    /// <summary>Whether <paramref name="file"/> is a recording of this kind.</summary>
    public static bool CanRead(string file)
    {
        using FileStream content = File.OpenRead(file);
        byte[] signature = new byte[s_signature.Length];
        return content.ReadAtLeast(signature, signature.Length, throwOnEndOfStream: false) == signature.Length && signature.AsSpan().SequenceEqual(s_signature);
    }

    /// <summary>The profile of a recording, encoded; null where it has none of its events.</summary>
    /// <exception cref="ToolException">The recording cannot be read.</exception>
    public static byte[]? Convert(string file, EventProfile kind)
    {
        using var folder = new TemporaryFolder();
        try
        {
            string index = TraceLog.CreateFromEventPipeDataFile(file, Path.Combine(folder.Path, "events.etlx"), new TraceLogOptions { ContinueOnError = true });
            using var log = new TraceLog(index);
            var converter = new NettraceConverter(log, kind);
            using (TraceLogEventSource source = log.Events.GetSource())
            {
                converter.Subscribe(source, kind);
                source.Process();
            }

            return converter._profile.Samples.Count == 0
                ? null
                : ProfileEncoder.Encode(converter._profile, converter._frames, ProfileBudget.Any);
        }
        catch (Exception exception) when (exception is not ToolException)
        {
            throw new ToolException($"{file} cannot be read: {exception.Message}", exception);
        }
    }

    private void Subscribe(TraceLogEventSource source, EventProfile kind)
    {
        switch (kind)
        {
            case EventProfile.Wall:
                var samples = new ThreadSamples();
                new SampleProfilerTraceEventParser(source).ThreadSample += data =>
                    samples.Add(data.ThreadID, data.TimeStampRelativeMSec, IndexOf(data, data.Type == ClrThreadSampleType.Managed ? s_managed : s_native));
                source.Completed += () => _profile.Period = samples.AddTo(_profile.Samples);
                break;
            case EventProfile.Allocations:
                var allocations = new TraceAllocations();
                source.Clr.GCAllocationTick += data => allocations.AddTick(StackOf(data, data.TypeName), data.AllocationAmount64, data.ObjectSize);
                source.Clr.AllocationSampling += data => allocations.AddSample(StackOf(data, data.TypeName), data.ObjectSize);
                source.Completed += () => allocations.AddTo(_profile);
                break;
            default:
                source.Clr.ContentionStart += BeginWait;
                source.Clr.ContentionStop += EndWait;
                break;
        }
    }

    private void BeginWait(ContentionStartTraceData data)
    {
        ReadStack(data);
        _waits[data.ThreadID] = ([.. _stack], data.TimeStampRelativeMSec);
    }

    private void EndWait(ContentionStopTraceData data)
    {
        if (_waits.Remove(data.ThreadID, out (nuint[] Stack, double Start) wait))
        {
            double nanoseconds = data.DurationNs > 0 ? data.DurationNs : (data.TimeStampRelativeMSec - wait.Start) * 1e6;
            _profile.Samples.Add(wait.Stack, LabelSet.Empty, 1, (long)nanoseconds);
        }
    }

    /// <summary>The type of what was allocated, and who did it.</summary>
    private ReadOnlySpan<nuint> StackOf(TraceEvent data, string? type)
    {
        ReadStack(data);
        if (type is { Length: > 0 })
        {
            _stack.Insert(0, _frames.AddressOf(TypeName.Of(type), type, TraceFrames.Synthetic));
        }

        return CollectionsMarshal.AsSpan(_stack);
    }

    /// <summary>The sample of an event's stack.</summary>
    private int IndexOf(TraceEvent data, LabelSet labels)
    {
        ReadStack(data);
        return _profile.Samples.Add(_stack.ToArray(), labels, 0, 0);
    }

    private void ReadStack(TraceEvent data)
    {
        _stack.Clear();
        for (TraceCallStack? frame = data.CallStack(); frame is not null; frame = frame.Caller)
        {
            _stack.Add(AddressOf(frame.CodeAddress));
        }

        if (_stack.Count == 0)
        {
            _stack.Add(_frames.AddressOf("[unknown stack]", "", TraceFrames.Synthetic));
        }
    }

    private nuint AddressOf(TraceCodeAddress code)
    {
        if (!_addresses.TryGetValue(code.CodeAddressIndex, out nuint address))
        {
            string module = code.ModuleFilePath is { Length: > 0 } path ? path : TraceFrames.Synthetic;
            string full = code.FullMethodName;

            // Only compiled methods are on such a stack: what belongs to no assembly is what a call of native code goes through. The
            // endpoints call it the same.
            address = full.Length > 0
                ? _frames.AddressOf(TraceMethodName.Of(full), full, module)
                : _frames.AddressOf(module == TraceFrames.Synthetic ? "[JIT stub]" : $"[{Path.GetFileName(module)}]", "", module);
            _addresses.Add(code.CodeAddressIndex, address);
        }

        return address;
    }
}

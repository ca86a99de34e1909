using Pprof.CompilerServices;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Symbols;

namespace Pprof.Collectors.Contention;

/// <summary>Waits by the stack of the thread that waited.</summary>
internal abstract class WaitProfileCollector : SnapshotProfileCollector
{
    private static readonly SampleTypeDescriptor s_contentions = new("contentions", "count");

    private readonly Lock _gate = new();
    private readonly WaitStacks _stacks = new();

    internal override string? UnsupportedReason => Source.UnsupportedReason;

    internal override int Count => Collect().Count;

    /// <summary>Who records the waits.</summary>
    protected static WaitSource Source => WaitSource.Instance;

    protected abstract WaitProfile Waits { get; }

    internal override void Start()
    {
        if (Waits.IsActive)
        {
            // Loading the decoder takes a while, in which the application can start.
            OwnThreads.Start("pprof start", Source.Update);
        }
    }

    internal override IDisposable? BeginWindow() => Waits.Rate > 0 ? null : Source.OpenWindow(Waits);

    internal override Profile Snapshot()
    {
        if (Waits.IsActive)
        {
            Source.Flush();
        }

        var profile = new Profile
        {
            SampleTypes = [s_contentions, new("delay", "nanoseconds")],
            PeriodType = s_contentions,
            Period = 1,
            TimeNanos = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
        };
        SampleTable waits = Collect();
        for (int i = 0; i < waits.Count; i++)
        {
            profile.Samples.Add(waits.Stack(i), waits.Labels(i), waits.Values(i));
        }

        profile.Comments.AddRange(Source.Comments);
        if (Waits.Lost > 0)
        {
            profile.Comments.Add($"incomplete: {Waits.Lost} events lost since the start of the process");
        }

        return profile;
    }

    internal override void WriteText(TextWriter writer, int debug)
    {
        Profile profile = Snapshot();
        WriteText(writer, profile, Symbolizer.Create());
    }

    protected abstract void WriteText(TextWriter writer, Profile profile, Symbolizer symbolizer);

    /// <summary>The labels of a sample as they are shown; null where the sample is not.</summary>
    protected abstract LabelSet? Describe(WaitStacks stacks, ReadOnlySpan<nuint> stack, LabelSet recorded);

    private SampleTable Collect()
    {
        var recorded = new SampleTable(2);
        Waits.CopyTo(recorded);
        var shown = new SampleTable(2);
        lock (_gate)
        {
            for (int i = 0; i < recorded.Count; i++)
            {
                if (Describe(_stacks, recorded.Stack(i), recorded.Labels(i)) is { } labels)
                {
                    shown.Add(recorded.Stack(i), labels, recorded.Values(i));
                }
            }
        }

        return shown;
    }
}

using Pprof.Profiles;
using Pprof.Sources.Waits;
using Pprof.Symbols;

namespace Pprof.Collectors.Waits;

/// <summary>Waits by the stack of the thread that waited.</summary>
internal abstract class WaitProfileCollector : SnapshotProfileCollector
{
    private static readonly SampleType s_contentions = new("contentions", "count");

    internal override string? UnsupportedReason => Source.UnsupportedReason;

    internal override int Count
    {
        get
        {
            var shown = new SampleTable(2);
            Collect(inWindow: false, shown);
            return shown.Count;
        }
    }

    /// <summary>Who records the waits.</summary>
    protected static WaitSource Source => WaitSource.Instance;

    protected abstract WaitProfile Waits { get; }

    internal override void Start()
    {
        if (Waits.IsActive)
        {
            // Loading the decoder takes a while, in which the application can start.
            Source.UpdateInBackground();
        }
    }

    internal override ProfileWindow BeginWindow() => new Window(this);

    internal override Profile Snapshot() => Snapshot(inWindow: false);

    internal override void WriteText(TextWriter writer, int debug)
    {
        Profile profile = Snapshot();
        WriteText(writer, profile, Symbolizer.Create());
    }

    protected abstract void WriteText(TextWriter writer, Profile profile, Symbolizer symbolizer);

    /// <summary>The labels of a sample as they are shown; null where the sample is not.</summary>
    protected abstract LabelSet? Describe(WaitStacks stacks, ReadOnlySpan<nuint> stack, LabelSet recorded);

    private Profile Snapshot(bool inWindow)
    {
        bool complete = true;
        if (Waits.IsActive)
        {
            if (Source.NeedsUpdate)
            {
                Source.Update();
            }

            if (Source.Failure is { } failure)
            {
                throw new ProfileUnavailableException(failure);
            }

            complete = Source.Flush();
        }

        var profile = new Profile
        {
            SampleTypes = [s_contentions, new("delay", "nanoseconds")],
            PeriodType = s_contentions,
            Period = 1,
            TimeNanos = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick,
        };
        Collect(inWindow, profile.Samples);
        profile.Comments.AddRange(Source.Comments);
        profile.LacksLastEvents = !complete;
        profile.LostEvents = Waits.Lost;
        return profile;
    }

    private void Collect(bool inWindow, SampleTable shown)
    {
        var recorded = new SampleTable(2);
        Waits.CopyTo(recorded, inWindow);

        // Not kept: it holds on to methods, some of which can be unloaded.
        var stacks = new WaitStacks();
        for (int i = 0; i < recorded.Count; i++)
        {
            if (Describe(stacks, recorded.Stack(i), recorded.Labels(i)) is { } labels)
            {
                shown.Add(recorded.Stack(i), labels, recorded.Values(i));
            }
        }
    }

    private sealed class Window : ProfileWindow
    {
        private readonly WaitProfile _waits;
        private bool _disposed;

        public Window(WaitProfileCollector owner)
            : base(() => owner.Snapshot(inWindow: true))
        {
            _waits = owner.Waits;
            Source.OpenWindow(_waits);
        }

        public override void Dispose()
        {
            if (!_disposed)
            {
                _disposed = true;
                Source.CloseWindow(_waits);
            }
        }
    }
}

using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Waits by the stack of the thread that waited.</summary>
internal abstract class WaitProfileCollector : SnapshotProfileCollector
{
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

    internal override void Fill(Profile profile) => Fill(profile, inWindow: false);

    /// <summary>The labels of a sample as they are shown; null where the sample is not.</summary>
    protected abstract LabelSet? Describe(WaitStacks stacks, ReadOnlySpan<nuint> stack, LabelSet recorded);

    private void Fill(Profile profile, bool inWindow)
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

        profile.TimeNanos = Profile.NanosecondsNow;
        Collect(inWindow, profile.Samples);
        profile.SampledFraction = Waits.SampledFraction;
        profile.Comments.Add("source: the runtime's contention and wait events");
        profile.Gaps.WatchedOneSecondIn = Source.MaxWeight;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.LostEvents = Waits.Lost;
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
            : base(profile => owner.Fill(profile, inWindow: true))
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

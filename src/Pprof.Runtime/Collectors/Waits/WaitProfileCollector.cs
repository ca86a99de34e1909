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

    /// <summary>Those that the profile shows.</summary>
    protected abstract SampledWaits Waits { get; }

    private static WaitSource Source => ProcessWaits.Source;

    internal override void Start()
    {
        if (Waits.IsActive)
        {
            // Loading the decoder takes a while, in which the application can start.
            Source.UpdateInBackground();
        }
    }

    internal override ProfileWindow BeginWindow() => new WaitWindow(Waits, profile => Fill(profile, inWindow: true));

    internal override void Fill(Profile profile) => Fill(profile, inWindow: false);

    /// <summary>The labels of a sample as they are shown; null where the sample is not.</summary>
    protected abstract LabelSet? Describe(WaitClassifier classifier, ReadOnlySpan<nuint> frames, LabelSet recorded);

    private void Fill(Profile profile, bool inWindow)
    {
        bool complete = true;
        if (Waits.IsActive)
        {
            Source.Retry();
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
        profile.Gaps.LostEvents = Source.Lost;
    }

    private void Collect(bool inWindow, SampleTable shown)
    {
        var recorded = new SampleTable(2);
        Waits.CopyTo(recorded, inWindow);
        if (recorded.Count == 0)
        {
            return;
        }

        WaitClassifier classifier = Source.NewClassifier();
        for (int i = 0; i < recorded.Count; i++)
        {
            if (Describe(classifier, recorded.Stack(i), recorded.Labels(i)) is { } labels)
            {
                shown.Add(recorded.Stack(i), labels, recorded.Values(i));
            }
        }
    }
}

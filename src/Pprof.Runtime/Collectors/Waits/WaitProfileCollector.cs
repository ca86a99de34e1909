using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Waits by the stack of the thread that waited.</summary>
internal abstract class WaitProfileCollector : SnapshotProfileCollector
{
    // What has been collected is served whatever has become of the source.
    internal override string? UnsupportedReason => Source.IsWatching || Waits.HasSamples ? null : Source.UnsupportedReason;

    // Contentions and the time that they took.
    internal override int CumulativeValues => int.MaxValue;

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

    /// <summary>The option that has the rate of their sampling.</summary>
    protected abstract string RateOption { get; }

    private static WaitSource Source => ProcessWaits.Source;

    internal override void Start() => ProcessWaits.Follow();

    internal override void ApplicationStarted() => WaitSource.Prepare();

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation) =>
        WatchedWindow.OpenAsync(
            (profile, cancelled) => FillAsync(profile, inWindow: true, cancelled),
            () =>
            {
                Waits.OpenWindow();
                return Source.UpdateAsync();
            },
            static () => Source.Failure,
            () =>
            {
                Waits.CloseWindow();
                return Source.UpdateAsync();
            },
            cancellation);

    internal override Task FillAsync(Profile profile, CancellationToken cancellation) => FillAsync(profile, inWindow: false, cancellation);

    /// <summary>The labels of a sample as they are shown; null where the sample is not.</summary>
    protected abstract LabelSet? Describe(WaitClassifier classifier, ReadOnlySpan<nuint> frames, LabelSet recorded);

    private async Task FillAsync(Profile profile, bool inWindow, CancellationToken cancellation)
    {
        bool complete = true;
        if (Waits.IsActive)
        {
            await Source.RetryAsync().OrCanceledAsync(cancellation);
            if (Source.Failure is { } failure)
            {
                if (!Source.IsWatching && !Waits.HasSamples)
                {
                    throw new ProfileUnavailableException(failure);
                }

                profile.Gaps.Failure = failure;
            }

            complete = await Source.FlushAsync().OrCanceledAsync(cancellation);
        }

        profile.TimeNanos = Profile.NanosecondsNow;
        Collect(inWindow, profile.Samples);
        profile.SampledFraction = Waits.SampledFraction;
        profile.Comments.Add("source: " + Source.Description);
        profile.Gaps.RateOption = inWindow || Waits.IsSampled ? null : RateOption;
        profile.Gaps.RecordedOneWaitIn = Source.MaxThinning;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.SamplesWithoutLabels = inWindow ? Source.SamplesWithoutLabels : 0;
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

using Pprof.Profiles;
using Pprof.Sources.CpuTime;

namespace Pprof.Collectors.Cpu;

/// <summary>Makes a CPU profile of samples: their number and CPU time by stack, and frames for what no stack shows.</summary>
internal sealed class CpuSamples(Profile profile) : ICpuSink
{
    // Distinct stacks of one profile, and their frames, 8 bytes each; past them only the time is counted.
    private const int MaxStacks = 200_000;
    private const int MaxStackFrames = 4_000_000;

    /// <inheritdoc/>
    public bool IsFull => profile.Samples.Count >= MaxStacks || profile.Samples.FrameCount >= MaxStackFrames;

    /// <inheritdoc/>
    public void Begin(long periodNanoseconds)
    {
        profile.TimeNanos = Profile.NanosecondsNow;
        profile.Period = periodNanoseconds;
    }

    /// <inheritdoc/>
    public int Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods) =>
        profile.Samples.Add(frames, labels, periods, periods * profile.Period);

    /// <inheritdoc/>
    public int AddWithoutStack(long periods) => Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, periods);

    /// <inheritdoc/>
    public void AddTo(int sample, long periods) => profile.Samples.Add(sample, periods, periods * profile.Period);

    /// <inheritdoc/>
    public ICpuSink NewEmpty() => new CpuSamples(profile.Shape.NewProfile());

    /// <summary>The sampling has ended: adds how long it took, and what no sample of it shows.</summary>
    public void Complete(CpuCoverage coverage)
    {
        profile.DurationNanos = (long)coverage.Duration.TotalNanoseconds;
        if (coverage.LostPeriods > 0)
        {
            Add([(nuint)PseudoFrame.LostSamples], LabelSet.Empty, coverage.LostPeriods);
        }

        if (coverage.UnseenNanoseconds > 0)
        {
            long periods = Math.Max(1, coverage.UnseenNanoseconds / profile.Period);
            profile.Samples.Add([(nuint)PseudoFrame.Unsampled], LabelSet.Empty, periods, coverage.UnseenNanoseconds);
        }

        profile.Gaps.LostSamples = coverage.LostPeriods;
        profile.Gaps.SharedNames = coverage.SharedNames;
        profile.Gaps.SamplesWithoutLabels = coverage.SamplesWithoutLabels;
        profile.Gaps.ThreadsWithoutTimer = coverage.ThreadsWithoutTimer;
        profile.Gaps.UntimedThreadsAreSampled = coverage.UntimedThreadsAreSampled;
        profile.Gaps.ThreadsThatBlockSignals = coverage.ThreadsThatBlockSignals;
        profile.Gaps.MissingTimers = coverage.MissingTimers;
        profile.Gaps.LostEvents = coverage.LostEvents;
        profile.Gaps.Failure = coverage.Failure;
    }
}

using Pprof.Collectors.Cpu;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Cpu;

/// <summary>The profile that is made of what a source hands over.</summary>
public sealed class CpuSamplesTests
{
    private const long Period = 10_000_000;

    private readonly Profile _profile = Shapes.Cpu.NewProfile();
    private readonly CpuSamples _samples;

    public CpuSamplesTests()
    {
        _samples = new CpuSamples(_profile);
        _samples.Begin(Period);
    }

    [Fact]
    public void PeriodsAreSamplesAndNanoseconds()
    {
        int sample = _samples.Add([1000, 2000], LabelSet.Empty, 3);
        _samples.AddTo(sample, 2);
        _samples.AddWithoutStack(1);

        Assert.Equal(Period, _profile.Period);
        Assert.Equal(["1000 2000: 5 50000000", "3: 1 10000000"], Text());
    }

    [Fact]
    public void WhatNoSampleShowsHasAFrameThatSaysSo()
    {
        _samples.Complete(new CpuCoverage
        {
            Duration = TimeSpan.FromSeconds(2),
            LostPeriods = 7,
            UnseenNanoseconds = 25_000_000,
            SamplesWithoutLabels = 11,
            ThreadsWithoutTimer = 13,
            UntimedThreadsAreSampled = true,
            ThreadsThatBlockSignals = 17,
            MissingTimers = "no timers",
            LostEvents = 19,
            Failure = "no events",
        });

        Assert.Equal(2_000_000_000, _profile.DurationNanos);
        Assert.Equal(
            [$"{(int)PseudoFrame.LostSamples}: 7 70000000", $"{(int)PseudoFrame.Unsampled}: 2 25000000"], Text());
        Assert.Equal((7, 11), (_profile.Gaps.LostSamples, _profile.Gaps.SamplesWithoutLabels));
        Assert.True(_profile.Gaps.UntimedThreadsAreSampled);
        Assert.Equal((13, 17), (_profile.Gaps.ThreadsWithoutTimer, _profile.Gaps.ThreadsThatBlockSignals));
        Assert.Equal(("no timers", 19, "no events"), (_profile.Gaps.MissingTimers, _profile.Gaps.LostEvents, _profile.Gaps.Failure));
    }

    [Fact]
    public void UnseenTimeOfLessThanAPeriodIsOneSample()
    {
        _samples.Complete(new CpuCoverage { Duration = TimeSpan.Zero, UnseenNanoseconds = 1_000_000 });

        Assert.Equal([$"{(int)PseudoFrame.Unsampled}: 1 1000000"], Text());
    }

    [Fact]
    public void ACompleteProfileHasNoFrameOfItsOwn()
    {
        _samples.Complete(new CpuCoverage { Duration = TimeSpan.FromSeconds(1) });

        Assert.Empty(Text());
    }

    [Fact]
    public void ARehearsalLeavesNothing()
    {
        ICpuSink rehearsal = _samples.NewEmpty();
        rehearsal.Begin(1);
        rehearsal.Add([1000], LabelSet.Empty, 1);

        Assert.Empty(Text());
        Assert.Equal(Period, _profile.Period);
    }

    private IEnumerable<string> Text() => Enumerable.Range(0, _profile.Samples.Count).Select(i =>
        $"{string.Join(' ', _profile.Samples.Stack(i).ToArray())}: {string.Join(' ', _profile.Samples.Values(i).ToArray())}");
}

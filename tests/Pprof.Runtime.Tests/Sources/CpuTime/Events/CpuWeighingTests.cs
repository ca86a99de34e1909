using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.CpuTime.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Events;

/// <summary>
/// How the CPU time of threads is divided among their samples, by a second of each thread: a sample every millisecond, and
/// readings of the clock every 10 ms. Of a thread's second each sample tells what it did, and how much of the millisecond before
/// the thread used a processor.
/// </summary>
public sealed class CpuWeighingTests : ICpuSink
{
    private const long Millisecond = 1_000_000;
    private const int Duration = 1000;
    private const int Thread = 7;

    // As short as a rate of 1000 makes it, so that little is left to chance.
    private const long Period = Millisecond;

    private const SampledActivity Managed = SampledActivity.Managed;
    private const SampledActivity Native = SampledActivity.Native;
    private const SampledActivity Waiting = SampledActivity.Waiting;

    private static readonly List<string> s_names = [];

    private readonly List<(string Stack, long Periods)> _samples = [];

    bool ICpuSink.IsFull => false;

    /// <summary>What a stack has of the CPU time, in milliseconds.</summary>
    private double this[string stack] => _samples.Where(sample => sample.Stack == stack).Sum(static sample => sample.Periods) * Period / (double)Millisecond;

    [Fact]
    public void AThreadThatRunsHasItsTime()
    {
        double unseen = Weigh(static _ => ("run", Managed, 1));

        Assert.InRange(this["run"], Duration - 2, Duration);
        Assert.Equal(0, unseen);
    }

    [Fact]
    public void AThreadThatHasNoProcessorMostOfTheTimeHasOnlyWhatItUsed()
    {
        _ = Weigh(static at => ("run", Managed, at % 10 < 2 ? 1 : 0));

        Assert.InRange(this["run"], 190, 201);
    }

    [Theory]
    [InlineData("wait", Waiting)]
    [InlineData("native", Native)]
    public void AThreadThatWaitsHasNothing(string stack, object activity)
    {
        _ = Weigh(_ => (stack, (SampledActivity)activity, 0));

        Assert.Empty(_samples);
    }

    /// <summary>Which of its native code a thread was in when it ran cannot be seen: but where it waits is known.</summary>
    [Fact]
    public void WhatAThreadUsesIsNotWhereItWaits()
    {
        double unseen = Weigh(static at => at % 4 == 0 ? ("send", Native, 1) : ("wait", Waiting, 0));

        Assert.Equal(0, this["wait"]);
        Assert.InRange(this["send"] + unseen, 240, 260);
        Assert.InRange(this["send"], 200, 251);
    }

    [Fact]
    public void OfAThreadThatRunsForMomentsTheFewSamplesThatShowItStandForAll()
    {
        // It uses 50 µs in every millisecond, where one sample in 20 meets it.
        _ = Weigh(static at => Math.Abs(unchecked(at * 7919)) % 20 == 0 ? ("run", Managed, 0.05) : ("native wait", Native, 0.05));

        Assert.InRange(this["run"], 40, 51);
        Assert.InRange(this["native wait"], 0, 8);
    }

    [Fact]
    public void NativeCodeThatComputesHasItsTime()
    {
        double unseen = Weigh(static at => at / 100 % 2 == 0 ? ("managed", Managed, 1) : ("native", Native, 1));

        Assert.InRange(this["managed"], 490, 520);
        Assert.InRange(this["native"], 480, 502);
        Assert.Equal(0, unseen);
    }

    /// <summary>As where the system counts whole ticks for whom it finds running.</summary>
    [Fact]
    public void AClockThatAdvancesInTicksIsAsGood()
    {
        _ = Weigh(static at => at % 100 < 30 ? ("run", Managed, at % 10 == 0 ? 10 : 0) : ("wait", Waiting, 0));

        Assert.Equal(0, this["wait"]);
        Assert.InRange(this["run"], 290, 301);
    }

    [Fact]
    public void WhatNoSampleShowsIsLeftOver()
    {
        double unseen = Weigh(static at => at < 500 ? ("wait", Waiting, 1) : ("wait", Waiting, 0));

        Assert.Empty(_samples);
        Assert.Equal(499, unseen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    public void RatesThinSamplesAndNotTime(int milliseconds)
    {
        // Many threads that each use a tenth of a second: the first sample of each is at a random place.
        double periods = 0;
        for (int i = 0; i < 200; i++)
        {
            _samples.Clear();
            _ = Weigh(static at => ("run", Managed, at % 10 == 0 ? 1 : 0), period: milliseconds * Millisecond);
            periods += _samples.Sum(static sample => sample.Periods);
        }

        Assert.InRange(periods * milliseconds / 200, 94, 106);
    }

    [Fact]
    public void AThreadThatIsNewHasNoMoreThanTheTimeThatPassed()
    {
        long used = 10_000 * Millisecond;
        var weighing = new CpuWeighing(Period, _ => used, this);
        weighing.Begin(0);

        // It is seen for the first time, 100 ms later than it was sampled, when it has used ten seconds long ago.
        Add(weighing, "run", Managed, 50 * Millisecond, now: 150 * Millisecond);
        used += 50 * Millisecond;
        weighing.Read(200 * Millisecond);
        for (int at = 51; at < 200; at++)
        {
            Add(weighing, "run", Managed, at * Millisecond, now: 300 * Millisecond);
        }

        weighing.End(200 * Millisecond);
        _ = weighing.Settle(used);

        Assert.InRange(this["run"], 140, 150);
    }

    [Fact]
    public void AThreadWithTheIdOfOneThatHasEndedStartsAnew()
    {
        long used = 0;
        var weighing = new CpuWeighing(Period, _ => used, this);
        Add(weighing, "first", Managed, 0, now: 0);
        weighing.Begin(0);
        used = 100 * Millisecond;
        weighing.Read(100 * Millisecond);
        Add(weighing, "first", Managed, 100 * Millisecond, now: 100 * Millisecond);
        used = -1;
        weighing.Read(110 * Millisecond);
        used = 5 * Millisecond;
        weighing.Read(120 * Millisecond);
        used = 10 * Millisecond;
        weighing.Read(130 * Millisecond);
        Add(weighing, "second", Managed, 130 * Millisecond, now: 140 * Millisecond);
        weighing.End(140 * Millisecond);
        _ = weighing.Settle(110 * Millisecond);

        Assert.InRange(this["first"], 99, 101);
        Assert.InRange(this["second"], 9, 11);
    }

    [Fact]
    public void SamplesOfBeforeAndAfterDoNotCount()
    {
        long used = 0;
        var weighing = new CpuWeighing(Period, _ => used, this);
        Add(weighing, "before", Managed, 1, now: 1);
        used = 10 * Millisecond;
        Add(weighing, "before", Managed, 10 * Millisecond, now: 10 * Millisecond);
        weighing.Begin(10 * Millisecond);
        used = 20 * Millisecond;
        weighing.End(20 * Millisecond);
        Add(weighing, "within", Managed, 20 * Millisecond, now: 40 * Millisecond);
        Add(weighing, "after", Managed, 30 * Millisecond, now: 40 * Millisecond);
        _ = weighing.Settle(10 * Millisecond);

        Assert.All(_samples, static sample => Assert.Equal("within", sample.Stack));
        Assert.InRange(this["within"], 9, 11);
    }

    [Fact]
    public void LabelsThatNobodyRemembersAreCounted()
    {
        long used = 0;
        var weighing = new CpuWeighing(Period, _ => used, this);
        Add(weighing, "run", Managed, 0, now: 0);
        weighing.Begin(0);
        used = 10 * Millisecond;
        weighing.Read(10 * Millisecond);
        weighing.Add(Thread, 10 * Millisecond, 20 * Millisecond, Managed, [Address("run")], static (_, _) => null);

        Assert.Equal(1, weighing.SamplesWithoutLabels);
    }

    void ICpuSink.Begin(long periodNanoseconds)
    {
    }

    int ICpuSink.Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods)
    {
        _samples.Add((s_names[(int)frames[0]], periods));
        return _samples.Count - 1;
    }

    int ICpuSink.AddWithoutStack(long periods) => throw new NotSupportedException();

    void ICpuSink.AddTo(int sample, long periods) => _samples.Add((_samples[sample].Stack, periods));

    ICpuSink ICpuSink.NewEmpty() => throw new NotSupportedException();

    private static nuint Address(string stack)
    {
        if (!s_names.Contains(stack))
        {
            s_names.Add(stack);
        }

        return (nuint)s_names.IndexOf(stack);
    }

    private static void Add(CpuWeighing weighing, string stack, SampledActivity activity, long timestamp, long now) =>
        weighing.Add(Thread, timestamp, now, activity, [Address(stack)], static (_, _) => LabelSet.Empty);

    /// <summary>Weighs a second of one thread; returns the milliseconds that no sample stands for.</summary>
    /// <param name="sample">Of each millisecond the stack, what the thread did, and how much of it it used a processor.</param>
    /// <param name="period">The period.</param>
    private double Weigh(Func<int, (string Stack, SampledActivity Activity, double Used)> sample, long period = Period)
    {
        double cpu = 0;
        var weighing = new CpuWeighing(period, _ => (long)(cpu * Millisecond), this);
        weighing.Add(Thread, 0, 0, Waiting, [0], static (_, _) => LabelSet.Empty);
        weighing.Begin(1);
        var late = new Queue<(int At, string Stack, SampledActivity Activity)>();
        for (int at = 1; at <= Duration; at++)
        {
            (string stack, SampledActivity activity, double more) = sample(at);
            cpu += more;
            late.Enqueue((at, stack, activity));
            if (at % 10 == 0)
            {
                weighing.Read(at * Millisecond);
            }

            if (at % 100 == 0)
            {
                // The runtime hands samples over in batches; one is on its way.
                Deliver(100);
            }
        }

        weighing.End(Duration * Millisecond);
        Deliver(0);
        return weighing.Settle((long)(cpu * Millisecond)) / (double)Millisecond;

        void Deliver(int rest)
        {
            while (late.Count > rest)
            {
                (int at, string stack, SampledActivity activity) = late.Dequeue();
                Add(weighing, stack, activity, at * Millisecond, Duration * Millisecond);
            }
        }
    }
}

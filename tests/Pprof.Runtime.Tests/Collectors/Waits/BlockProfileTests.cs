using System.Diagnostics;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Waits;
using Pprof.Labels;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Labels;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Waits;

[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class BlockProfileTests : IDisposable
{
    private const int Milliseconds = KnownWaits.DefaultMilliseconds;

    private readonly BlockProfileCollector _collector = new();

    public static TheoryData<string> Kinds => [.. KnownWaits.All.Select(static wait => wait.Name)];

    public void Dispose() => PprofRuntime.SetBlockProfileRate(0);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WaitIsThereOnceWithItsTimeAndKind(string method)
    {
        PprofRuntime.SetBlockProfileRate(1);
        KnownWait wait = KnownWaits.All.Single(wait => wait.Name == method);
        NamedSample[] samples = [];
        TimeSpan waited = default;

        // A thread spins before it waits. On a busy machine that can take all the time there is to wait; and who waits for more
        // than one thread may wait twice.
        for (int attempt = 0; attempt < 20 && samples is not [{ Values: [1, _] }]; attempt++)
        {
            Profile before = _collector.Snapshot();
            WaitWork.OnThreads(1, _ =>
            {
                long start = Stopwatch.GetTimestamp();
                wait.Run();
                waited = Stopwatch.GetElapsedTime(start);
            });

            // What the runtime itself locks on the way is short.
            samples = [.. NamedSample.Of(ProfileDelta.Between(before, _collector.Snapshot()))
                .Where(sample => sample.Has(method) && sample.Values[1] >= 10_000_000)];
        }

        NamedSample sample = Assert.Single(samples);
        Assert.Equal(wait.Kind, sample.Labels["wait"]);
        Assert.Equal(1, sample.Values[0]);
        Assert.InRange(sample.Values[1], 10_000_000, waited.Ticks * TimeSpan.NanosecondsPerTick);
    }

    [Fact]
    public void WaitThatIsInterruptedDoesNotSpoilTheNext()
    {
        PprofRuntime.SetBlockProfileRate(1);
        TimeSpan waited = default;
        WaitWork.OnThreads(1, _ =>
        {
            Thread.CurrentThread.Interrupt();
            Assert.Throws<ThreadInterruptedException>(BeInterrupted);
            Thread.Sleep(2 * Milliseconds);
            long start = Stopwatch.GetTimestamp();
            WaitAfterwards();
            waited = Stopwatch.GetElapsedTime(start);
        });
        List<NamedSample> samples = NamedSample.Of(_collector.Snapshot());
        Assert.DoesNotContain(samples, sample => sample.Has(nameof(BeInterrupted)));
        NamedSample after = Assert.Single(samples, sample => sample.Has(nameof(WaitAfterwards)));
        Assert.InRange(after.Values[1], 1_000_000, waited.Ticks * TimeSpan.NanosecondsPerTick);
    }

    [Fact]
    [Measures(false)]
    public void ThreadsThatEndLeaveNothingToThoseThatGetTheirIds()
    {
        PprofRuntime.SetBlockProfileRate(1);
        Profile before = _collector.Snapshot();
        Profile after = before;
        // What is recorded is read after each round: where more comes at a time than there is room for, one stands for several.
        for (int round = 0; round < 10; round++)
        {
            WaitWork.OnThreads(10, _ => WaitInManyThreads());
            after = _collector.Snapshot();
        }

        // Not one sample: the method is compiled anew while the threads come and go.
        Assert.Equal(100, NamedSample.Of(ProfileDelta.Between(before, after))
            .Where(sample => sample.Has(nameof(WaitInManyThreads)) && sample.Labels["wait"] == "wait-handle")
            .Sum(sample => sample.Values[0]));
    }

    [Fact]
    public void LockThatWasNotHadInTimeIsThereThoughItsThreadHasEnded()
    {
        PprofRuntime.SetBlockProfileRate(1);
        WaitWork.OnThreads(1, _ => TimeOutAndEnd());
        Assert.True(SpinWait.SpinUntil(
            () => NamedSample.Of(_collector.Snapshot()).Any(sample => sample.Has(nameof(TimeOutAndEnd)) && sample.Labels["wait"] == "lock" && sample.Values is [1, >= 10_000_000]),
            TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task WindowSeesWaitsWithoutARate()
    {
        await using ProfileWindow window = await _collector.BeginWindowAsync(default);
        Profile before = window.Snapshot();
        WaitWork.OnThreads(1, _ => WaitAfterwards());
        Assert.Contains(NamedSample.Of(ProfileDelta.Between(before, window.Snapshot())), sample => sample.Has(nameof(WaitAfterwards)));
        Assert.DoesNotContain(NamedSample.Of(_collector.Snapshot()), sample => sample.Has(nameof(WaitAfterwards)));
    }

    /// <summary>Of these there may be any number: the profile of the process's life has those of requests alone, of which there are not.</summary>
    [Fact]
    public async Task AWindowShowsTheLabelsOfThreadsAndTheLifetimeThoseOfRequests()
    {
        LifetimeRoutes.Allow(true);
        PprofRuntime.SetBlockProfileRate(1);
        Profile lifetime = _collector.Snapshot();
        await using ProfileWindow window = await _collector.BeginWindowAsync(default);
        Profile before = window.Snapshot();
        WaitWork.OnThreads(1, _ =>
        {
            KnownRoute.Follow("/orders/{id}");
            using (PprofLabels.Push(("tenant", "acme"), ("wait", "mine")))
            {
                WaitLabelled();
            }
        });

        NamedSample seen = Assert.Single(NamedSample.Of(ProfileDelta.Between(before, window.Snapshot())), static sample => sample.Has(nameof(WaitLabelled)));
        NamedSample kept = Assert.Single(NamedSample.Of(ProfileDelta.Between(lifetime, _collector.Snapshot())), static sample => sample.Has(nameof(WaitLabelled)));

        Assert.Equal(["http_route=/orders/{id}", "tenant=acme", "wait=wait-handle"], seen.Labels.Select(static label => $"{label.Key}={label.Value}").Order());
        Assert.Equal(["http_route=/orders/{id}", "wait=wait-handle"], kept.Labels.Select(static label => $"{label.Key}={label.Value}"));
        Assert.Equal(seen.Values, kept.Values);
    }

    [Fact]
    public void RuntimesOwnIdlingIsNotThere()
    {
        PprofRuntime.SetBlockProfileRate(1);
        using var ticks = new CountdownEvent(20);
        using (new Timer(_ => ticks.Signal(ticks.CurrentCount > 0 ? 1 : 0), null, 1, 5))
        {
            SpinWait.SpinUntil(() => ticks.CurrentCount <= 1, TimeSpan.FromSeconds(10));
        }

        string[] idle = ["TimerThread", "GateThreadStart", "WaitForMark"];
        Assert.DoesNotContain(NamedSample.Of(_collector.Snapshot()).SelectMany(sample => sample.Stack), frame => idle.Any(frame.EndsWith));
    }

    [Fact]
    public void ShortWaitsWeighAsMuchAsLongOnes()
    {
        var waits = new BlockWaits();
        nuint[] often = [0x1000];
        nuint[] rarely = [0x2000];
        PprofRuntime.SetBlockProfileRate(10_000);
        for (int i = 0; i < 1000; i++)
        {
            waits.Record(rarely, LabelSet.Empty, default, 10_000);
            for (int k = 0; k < 100; k++)
            {
                waits.Record(often, LabelSet.Empty, default, 100);
            }
        }

        var samples = new SampleTable(2);
        waits.CopyTo(samples, inWindow: false);
        Assert.Equal(2, samples.Count);
        int shorter = samples.Stack(0)[0] == 0x1000 ? 0 : 1;
        Assert.Equal(10_000_000, samples.Values(1 - shorter)[1]);
        Assert.InRange(samples.Values(shorter)[1], 8_000_000, 12_000_000);
        Assert.InRange(samples.Values(shorter)[0], 80_000, 120_000);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TimeOutAndEnd()
    {
        var gate = new Lock();
        WaitWork.AfterTaken(gate.Enter, gate.Exit);
        Assert.False(gate.TryEnter(Milliseconds));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BeInterrupted() => new ManualResetEventSlim().Wait();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitAfterwards() => new ManualResetEvent(false).WaitOne(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitLabelled() => new ManualResetEvent(false).WaitOne(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitInManyThreads() => new ManualResetEvent(false).WaitOne(Milliseconds);
}

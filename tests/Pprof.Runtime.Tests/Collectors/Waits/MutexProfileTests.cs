using System.Diagnostics;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Waits;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Waits;

[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class MutexProfileTests : IDisposable
{
    private readonly MutexProfileCollector _collector = new();

    public void Dispose()
    {
        PprofRuntime.SetMutexProfileFraction(0);
        PprofRuntime.SetBlockProfileRate(0);
    }

    [Fact]
    public void WithoutARateItIsEmptyAndValid()
    {
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => NeverProfiled(gate));
        Profile profile = _collector.Snapshot();
        Assert.DoesNotContain(NamedSample.Of(profile), sample => sample.Has(nameof(NeverProfiled)));
        Assert.Equal(["contentions/count", "delay/nanoseconds"], profile.Shape.SampleTypes.Select(type => $"{type.Type}/{type.Unit}"));
        Assert.Equal(1, profile.Period);
    }

    [Fact]
    public async Task WithoutARateItSaysWhyItIsEmpty()
    {
        const string Off = "waits are sampled only while seconds= is answered: MutexProfileFraction is 0";

        Assert.Contains(Off, GapText.Comments(_collector.Snapshot()));
        await using (ProfileWindow window = await _collector.BeginWindowAsync(CancellationToken.None))
        {
            Assert.DoesNotContain(Off, GapText.Comments(window.Snapshot(Shapes.Mutex)));
        }

        PprofRuntime.SetMutexProfileFraction(1);
        Assert.DoesNotContain(Off, GapText.Comments(_collector.Snapshot()));
    }

    [Fact]
    public void FractionReturnsWhatItWasAndANegativeOneOnlyReads()
    {
        Assert.Equal(0, PprofRuntime.SetMutexProfileFraction(7));
        Assert.Equal(7, PprofRuntime.SetMutexProfileFraction(-1));
        Assert.Equal(7, PprofRuntime.SetMutexProfileFraction(0));
        Assert.Equal(0, PprofRuntime.SetMutexProfileFraction(-1));
    }

    [Fact]
    public void WaitersOfBothKindsOfLocksAreThereWithTheirTime()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        object gate = new();
        var modern = new Lock();
        TimeSpan monitor = WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => WaitForMonitor(gate));
        TimeSpan other = WaitWork.WhileHeld(modern.Enter, modern.Exit, () => WaitForLock(modern));
        List<NamedSample> samples = NamedSample.Of(_collector.Snapshot());
        AssertOne(samples, nameof(WaitForMonitor), monitor);
        AssertOne(samples, nameof(WaitForLock), other);
        Assert.DoesNotContain(samples, sample => sample.Stack[0].Contains("EventSource"));
    }

    [Fact]
    public void TimedOutMonitorIsAContentionAndAnInterruptedOneIsNot()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        object gate = new();
        TimeSpan timedOut = WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => TimeOut(gate));
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => BeInterrupted(gate));
        TimeSpan after = WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => WaitAfterwards(gate));
        List<NamedSample> samples = NamedSample.Of(_collector.Snapshot());
        AssertOne(samples, nameof(TimeOut), timedOut);
        AssertOne(samples, nameof(WaitAfterwards), after);
        Assert.DoesNotContain(samples, sample => sample.Has(nameof(BeInterrupted)));
    }

    [Fact]
    public void TotalsAreThoseThatTheThreadsMeasured()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        var crowd = new Crowd();
        Profile start = _collector.Snapshot();
        WaitWork.OnThreads(64, _ =>
        {
            for (int i = 0; i < 20; i++)
            {
                crowd.Enter();
            }
        });
        Profile delta = ProfileDelta.Between(start, _collector.Snapshot());
        NamedSample[] samples = [.. NamedSample.Of(delta).Where(sample => sample.Has(nameof(Crowd.EnterTaken)))];
        Assert.Equal(64 * 20, crowd.Entered);
        Assert.InRange(samples.Sum(sample => sample.Values[0]), crowd.Contentions * 0.95, crowd.Contentions);
        Assert.InRange(samples.Sum(sample => sample.Values[1]), crowd.WaitedNanoseconds * 0.95, crowd.WaitedNanoseconds);
        Assert.DoesNotContain(GapText.Comments(delta), comment => comment.StartsWith("incomplete"));
    }

    [Fact]
    public void FractionScalesBack()
    {
        PprofRuntime.SetMutexProfileFraction(4);
        var crowd = new Crowd();
        Profile start = _collector.Snapshot();
        WaitWork.OnThreads(16, _ =>
        {
            for (int i = 0; i < 50; i++)
            {
                crowd.Enter();
            }
        });
        NamedSample[] samples = [.. NamedSample.Of(ProfileDelta.Between(start, _collector.Snapshot())).Where(sample => sample.Has(nameof(Crowd.EnterTaken)))];
        long count = samples.Sum(sample => sample.Values[0]);
        Assert.Equal(0, count % 4);

        // Binomial: six standard deviations around the mean.
        double deviation = 4 * Math.Sqrt(crowd.Contentions * 0.25 * 0.75);
        Assert.InRange(count, (crowd.Contentions * 0.95) - (6 * deviation), crowd.Contentions + (6 * deviation));
    }

    [Fact]
    public async Task WindowSeesWhatHappensInItAndOnlyThat()
    {
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hog1(gate));
        Profile delta;
        await using (ProfileWindow window = await _collector.BeginWindowAsync(default))
        {
            Profile before = window.Snapshot();
            Contend(Hog3);
            delta = ProfileDelta.Between(before, window.Snapshot());
            Assert.DoesNotContain(NamedSample.Of(_collector.Snapshot()), sample => sample.Has(nameof(Hog3)));
        }

        List<NamedSample> samples = NamedSample.Of(delta);
        Assert.Contains(samples, sample => sample.Has(nameof(Hog3)));
        Assert.DoesNotContain(samples, sample => sample.Has(nameof(Hog1)));
        Assert.True(delta.DurationNanos > 0);
        Assert.DoesNotContain(NamedSample.Of(_collector.Snapshot()), sample => sample.Has(nameof(Hog3)));
    }

    [Fact]
    public async Task WindowIsNotTouchedByTheEndOfAnotherThatBeganWithoutARate()
    {
        ProfileWindow first = await _collector.BeginWindowAsync(default);
        Contend(Hog1);
        PprofRuntime.SetMutexProfileFraction(1);
        await using ProfileWindow second = await _collector.BeginWindowAsync(default);
        Profile before = second.Snapshot();
        await first.DisposeAsync();
        Contend(Hog2);
        List<NamedSample> delta = NamedSample.Of(ProfileDelta.Between(before, second.Snapshot()));
        Assert.Contains(delta, sample => sample.Has(nameof(Hog2)));
        Assert.All(delta, sample => Assert.True(sample.Values[0] > 0));
    }

    [Fact]
    public async Task RateThatIsTakenAwayInAWindowTakesNothingFromTheWindow()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        await using ProfileWindow window = await _collector.BeginWindowAsync(default);
        Profile before = window.Snapshot();
        PprofRuntime.SetMutexProfileFraction(0);
        Contend(Hog2);
        Assert.Contains(NamedSample.Of(ProfileDelta.Between(before, window.Snapshot())), sample => sample.Has(nameof(Hog2)));
    }

    [Fact]
    public async Task DeltaOfAnEmptyBaseHasItsTypesAndItsPeriod()
    {
        await using ProfileWindow window = await _collector.BeginWindowAsync(default);
        Profile delta = ProfileDelta.Between(window.Snapshot(), window.Snapshot());
        Assert.Equal(["contentions/count", "delay/nanoseconds"], delta.Shape.SampleTypes.Select(type => $"{type.Type}/{type.Unit}"));
        Assert.Equal("count", delta.Shape.PeriodType.Unit);
        Assert.Equal(1, delta.Period);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(150)]
    public void ContentionOnADeepStackIsOneWaitInBothProfiles(int depth)
    {
        PprofRuntime.SetMutexProfileFraction(1);
        PprofRuntime.SetBlockProfileRate(1);
        var block = new BlockProfileCollector();
        var gate = new Lock();
        Profile before = _collector.Snapshot();
        Profile blockBefore = block.Snapshot();
        TimeSpan waited = WaitWork.WhileHeld(gate.Enter, gate.Exit, () => Descend(gate, depth));
        AssertOne(NamedSample.Of(ProfileDelta.Between(before, _collector.Snapshot())), nameof(Descend), waited);
        NamedSample sample = Assert.Single(
            NamedSample.Of(ProfileDelta.Between(blockBefore, block.Snapshot())), sample => sample.Has(nameof(Descend)) && sample.Values[1] >= 10_000_000);
        Assert.Equal(1, sample.Values[0]);
        Assert.Equal("lock", sample.Labels["wait"]);
    }

    /// <summary>Runs real time, some seconds: a lock that is held for a millisecond changes hands that often.</summary>
    [Fact]
    [Measures(false)]
    public void SixtyFourThreadsOnOneLockLoseAndDoubleNothing()
    {
        int contentions = Repetitions.Of(few: 2_000, many: 12_000);
        TimeSpan patience = TimeSpan.FromMinutes(1);
        PprofRuntime.SetMutexProfileFraction(1);
        PprofRuntime.SetBlockProfileRate(1);
        var block = new BlockProfileCollector();
        var crowd = new Crowd();
        Profile before = _collector.Snapshot();
        Profile blockBefore = block.Snapshot();
        long start = Stopwatch.GetTimestamp();
        int snapshots = 0;
        WaitWork.OnThreads(65, thread =>
        {
            while (crowd.Contentions < contentions && Stopwatch.GetElapsedTime(start) < patience)
            {
                if (thread > 0)
                {
                    crowd.Enter();

                    // Otherwise a thread takes the lock again before those that it wakes can, and hardly anyone waits anew.
                    Thread.Sleep(1);
                }
                else
                {
                    // Who looks at the profiles meanwhile ends no wait early.
                    _collector.Snapshot();
                    block.Snapshot();
                    snapshots++;
                }
            }
        });
        Profile delta = ProfileDelta.Between(before, Complete(_collector));
        Profile blockDelta = ProfileDelta.Between(blockBefore, Complete(block));

        Assert.True(snapshots > 10);
        Assert.Equal(0, delta.Gaps.LostEvents);
        NamedSample[] waits = [.. NamedSample.Of(delta).Where(sample => sample.Has(nameof(Crowd.EnterTaken)))];
        NamedSample[] blocked = [.. NamedSample.Of(blockDelta).Where(sample => sample.Has(nameof(Crowd.EnterTaken)))];

        // The threads count when they find the lock taken, of which some get it before they wait.
        long count = waits.Sum(sample => sample.Values[0]);
        Assert.True(crowd.Contentions > contentions * 5 / 6);
        Assert.InRange(count, crowd.Contentions * 0.9, crowd.Contentions);
        Assert.Equal(count, blocked.Sum(sample => sample.Values[0]));
        Assert.All(blocked, sample => Assert.Equal("lock", sample.Labels["wait"]));
        Assert.InRange(waits.Sum(sample => sample.Values[1]), crowd.WaitedNanoseconds * 0.9, crowd.WaitedNanoseconds);
        Assert.Equal(waits.Sum(sample => sample.Values[1]), blocked.Sum(sample => sample.Values[1]));
    }

    [Fact]
    public void DeltaShowsWhatCameBetweenAndThePlainProfileBoth()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hog1(gate));
        Profile before = _collector.Snapshot();
        Assert.Contains(NamedSample.Of(before), sample => sample.Has(nameof(Hog1)));
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => Hog2(gate));
        Profile after = _collector.Snapshot();
        List<NamedSample> delta = NamedSample.Of(ProfileDelta.Between(before, after));
        Assert.Contains(delta, sample => sample.Has(nameof(Hog2)));
        Assert.DoesNotContain(delta, sample => sample.Has(nameof(Hog1)));
        Assert.Contains(NamedSample.Of(after), sample => sample.Has(nameof(Hog1)));
        Assert.Contains(NamedSample.Of(after), sample => sample.Has(nameof(Hog2)));
    }

    [Fact]
    public void HolderThatHadToWaitItselfIsNamed()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        var gate = new Lock();
        using var stop = new CancellationTokenSource();
        Thread[] threads =
        [
            new(() => Repeat(() => HoldLong(gate))),
            new(() => Repeat(() => HoldShort(gate))),
            new(() => Repeat(() => HoldShort(gate))),
        ];
        Array.ForEach(threads, thread => thread.Start());
        bool named = SpinWait.SpinUntil(
            () => NamedSample.Of(_collector.Snapshot()).Any(sample =>
                sample.Has(nameof(HoldShort)) && sample.Labels.TryGetValue("holder", out string? holder) && holder.EndsWith(nameof(HoldLong))),
            TimeSpan.FromSeconds(30));
        stop.Cancel();
        Array.ForEach(threads, thread => thread.Join());
        Assert.True(named);

        void Repeat(Action action)
        {
            while (!stop.IsCancellationRequested)
            {
                action();
            }
        }
    }

    [Fact]
    public void HolderThatWasMadeAtRunTimeIsNamedAndStaysSoWhenItIsGone()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        object gate = new();
        bool stop = false;
        Thread[] threads = StartHolders(gate, () => Volatile.Read(ref stop));
        bool named = SpinWait.SpinUntil(() => NamedSample.Of(_collector.Snapshot()).Any(IsOfMade), TimeSpan.FromSeconds(30));
        Volatile.Write(ref stop, true);
        Array.ForEach(threads, static thread => thread.Join());
        threads = [];
        Assert.True(named);

        Profile before = _collector.Snapshot();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Profile after = _collector.Snapshot();
        Assert.Contains(NamedSample.Of(after), IsOfMade);
        Assert.DoesNotContain(NamedSample.Of(ProfileDelta.Between(before, after)), static sample => sample.Has(nameof(EnterShort)));

        static bool IsOfMade(NamedSample sample) =>
            sample.Has(nameof(EnterShort)) && sample.Labels.TryGetValue("holder", out string? holder) && holder.EndsWith("HoldMade", StringComparison.Ordinal);
    }

    /// <summary>Threads of which one holds a lock in a method that nobody has when they have ended.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread[] StartHolders(object gate, Func<bool> ends)
    {
        var made = new DynamicMethod("HoldMade", typeof(void), [typeof(object)], typeof(MutexProfileTests).Module);
        ILGenerator code = made.GetILGenerator();
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Monitor).GetMethod(nameof(Monitor.Enter), [typeof(object)])!);
        code.Emit(OpCodes.Ldc_I4, 5);
        code.Emit(OpCodes.Call, typeof(Thread).GetMethod(nameof(Thread.Sleep), [typeof(int)])!);
        code.Emit(OpCodes.Ldarg_0);
        code.Emit(OpCodes.Call, typeof(Monitor).GetMethod(nameof(Monitor.Exit), [typeof(object)])!);
        code.Emit(OpCodes.Ret);
        Action<object> hold = made.CreateDelegate<Action<object>>();
        Thread[] threads =
        [
            new(() => Repeat(hold)),
            new(() => Repeat(EnterShort)),
            new(() => Repeat(EnterShort)),
        ];
        Array.ForEach(threads, static thread => thread.Start());
        return threads;

        void Repeat(Action<object> action)
        {
            while (!ends())
            {
                action(gate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterShort(object gate)
    {
        lock (gate)
        {
            Thread.Sleep(1);
        }
    }

    /// <summary>A snapshot when all events have come, which they do late on a busy machine.</summary>
    private static Profile Complete(WaitProfileCollector collector)
    {
        Profile profile = collector.Snapshot();
        for (int attempt = 0; attempt < 30 && profile.Gaps.LacksLastEvents; attempt++)
        {
            profile = collector.Snapshot();
        }

        return profile;
    }

    private static void Contend(Action<object> wait)
    {
        object gate = new();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => wait(gate));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Descend(Lock gate, int depth)
    {
        if (depth > 0)
        {
            return Descend(gate, depth - 1) + 1;
        }

        lock (gate)
        {
            return 0;
        }
    }

    private static void AssertOne(List<NamedSample> samples, string method, TimeSpan waited)
    {
        NamedSample sample = Assert.Single(samples, sample => sample.Has(method));
        Assert.Equal(1, sample.Values[0]);
        Assert.InRange(sample.Values[1], 10_000_000, waited.Ticks * 100);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void NeverProfiled(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForMonitor(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForLock(Lock gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TimeOut(object gate) => Assert.False(Monitor.TryEnter(gate, 20));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BeInterrupted(object gate)
    {
        Thread.CurrentThread.Interrupt();
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitAfterwards(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Hog1(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Hog3(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Hog2(object gate)
    {
        lock (gate)
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HoldLong(Lock gate)
    {
        lock (gate)
        {
            Thread.Sleep(5);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void HoldShort(Lock gate)
    {
        lock (gate)
        {
            Thread.SpinWait(100);
        }
    }
}

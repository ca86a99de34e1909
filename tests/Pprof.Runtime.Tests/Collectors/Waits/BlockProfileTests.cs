using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Waits;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Waits;

[Collection(nameof(EventPipeCollection))]
public sealed class BlockProfileTests : IDisposable
{
    private const int Milliseconds = 25;

    private readonly BlockProfileCollector _collector = new();

    /// <summary>The ways in which a thread can stand still, and the kind that each is.</summary>
    public static TheoryData<string, string> Kinds => new()
    {
        { nameof(WaitForTask), "sync-over-async" },
        { nameof(TakeResult), "sync-over-async" },
        { nameof(GetAwaiterResult), "sync-over-async" },
        { nameof(WaitForAllTasks), "sync-over-async" },
        { nameof(WaitForMonitor), "monitor-wait" },
        { nameof(WaitForEvent), "wait-handle" },
        { nameof(WaitForSlimEvent), "event" },
        { nameof(WaitForAny), "wait-handle" },
        { nameof(WaitForSemaphore), "wait-handle" },
        { nameof(WaitForSlimSemaphore), "semaphore" },
        { nameof(JoinThread), "thread-join" },
        { nameof(TakeFromCollection), "semaphore" },
        { nameof(EnterReaderLock), "reader-writer-lock" },
        { nameof(EnterHeldMonitor), "lock" },
        { nameof(EnterHeldLock), "lock" },
        { nameof(TimeOutOfHeldLock), "lock" },
        { nameof(RunInParallel), "parallel" },
    };

    public void Dispose() => PprofRuntime.SetBlockProfileRate(0);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void WaitIsThereOnceWithItsTimeAndKind(string method, string kind)
    {
        PprofRuntime.SetBlockProfileRate(1);
        MethodInfo wait = typeof(BlockProfileTests).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!;
        NamedSample[] samples = [];
        TimeSpan waited = default;

        // A thread spins before it waits. On a busy machine that can take all the time there is to wait.
        for (int attempt = 0; attempt < 20 && samples.Length == 0; attempt++)
        {
            Profile before = _collector.Snapshot();
            WaitWork.OnThreads(1, _ =>
            {
                long start = Stopwatch.GetTimestamp();
                wait.CreateDelegate<Action>()();
                waited = Stopwatch.GetElapsedTime(start);
            });

            // What the runtime itself locks on the way is short.
            samples = [.. NamedSample.Of(ProfileDelta.Between(before, _collector.Snapshot()))
                .Where(sample => sample.Has(method) && sample.Values[1] >= 10_000_000)];
        }

        NamedSample sample = Assert.Single(samples);
        Assert.Equal(kind, sample.Labels["wait"]);
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
    public void ThreadsThatEndLeaveNothingToThoseThatGetTheirIds()
    {
        PprofRuntime.SetBlockProfileRate(1);
        Profile before = _collector.Snapshot();
        WaitWork.OnThreads(100, _ => WaitInManyThreads());
        // Not one sample: the method is compiled anew while the threads come and go.
        Assert.Equal(100, NamedSample.Of(ProfileDelta.Between(before, _collector.Snapshot()))
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
            waits.Record(rarely, LabelSet.Empty, 10_000);
            for (int k = 0; k < 100; k++)
            {
                waits.Record(often, LabelSet.Empty, 100);
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
    private static void WaitForTask() => Task.Delay(Milliseconds).Wait();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeResult() => Assert.Equal(1, Task.Delay(Milliseconds).ContinueWith(_ => 1).Result);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void GetAwaiterResult() => Task.Delay(Milliseconds).GetAwaiter().GetResult();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForAllTasks() => Task.WaitAll(Task.Delay(Milliseconds), Task.Delay(Milliseconds));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForMonitor()
    {
        object gate = new();
        lock (gate)
        {
            Monitor.Wait(gate, Milliseconds);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForEvent() => new ManualResetEvent(false).WaitOne(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForSlimEvent() => new ManualResetEventSlim().Wait(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForAny() => WaitHandle.WaitAny([new ManualResetEvent(false), new AutoResetEvent(false)], Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForSemaphore() => new Semaphore(0, 1).WaitOne(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForSlimSemaphore() => new SemaphoreSlim(0).Wait(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void JoinThread()
    {
        var thread = new Thread(() => Thread.Sleep(Milliseconds));
        thread.Start();
        thread.Join();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeFromCollection() => new BlockingCollection<int>().TryTake(out _, Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterReaderLock()
    {
        var gate = new ReaderWriterLockSlim();
        WaitWork.AfterTaken(gate.EnterWriteLock, gate.ExitWriteLock);
        gate.EnterReadLock();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterHeldMonitor()
    {
        object gate = new();
        WaitWork.AfterTaken(() => Monitor.Enter(gate), () => Monitor.Exit(gate));
        Monitor.Enter(gate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterHeldLock()
    {
        var gate = new Lock();
        WaitWork.AfterTaken(gate.Enter, gate.Exit);
        gate.Enter();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TimeOutOfHeldLock()
    {
        var gate = new Lock();
        WaitWork.AfterTaken(gate.Enter, gate.Exit);
        Assert.False(gate.TryEnter(Milliseconds));

        // What the thread waits for next shows that it does not wait for the lock any more.
        new ManualResetEvent(false).WaitOne(1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TimeOutAndEnd()
    {
        var gate = new Lock();
        WaitWork.AfterTaken(gate.Enter, gate.Exit);
        Assert.False(gate.TryEnter(Milliseconds));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunInParallel()
    {
        int own = Environment.CurrentManagedThreadId;
        Parallel.For(0, 4, (_, _) => Thread.Sleep(Environment.CurrentManagedThreadId == own ? 1 : 2 * Milliseconds));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BeInterrupted() => new ManualResetEventSlim().Wait();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitAfterwards() => new ManualResetEvent(false).WaitOne(Milliseconds);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitInManyThreads() => new ManualResetEvent(false).WaitOne(Milliseconds);
}

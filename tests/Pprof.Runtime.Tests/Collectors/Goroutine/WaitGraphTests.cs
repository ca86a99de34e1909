using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Hosting;
using Pprof.Collectors.Goroutine;
using Pprof.Encoding.Text;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>Who waits for whom in this process: locks, tasks, semaphores; and what is queued.</summary>
[Measures]
[Collection(nameof(SnapshotCollection))]
public sealed class WaitGraphTests : IDisposable
{
    private static readonly int s_looks = Repetitions.Of(few: 20, many: 1000);

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private static Action? s_goOn;

    private readonly ITestOutputHelper _output;
    private readonly GoroutineProfileCollector _collector = new();
    private readonly List<Thread> _threads = [];
    private readonly Dictionary<string, int> _ids = [];
    private readonly TaskCompletionSource _end = new();

    public WaitGraphTests(ITestOutputHelper output)
    {
        _output = output;
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        AsyncOperationSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
    }

    public void Dispose()
    {
        _end.TrySetResult();
        foreach (Thread thread in _threads)
        {
            thread.Interrupt();
        }

        _threads.ForEach(static thread => thread.Join());
    }

    [LinuxFact]
    public void AContendedMonitorHasItsTypeItsHolderAndItsWaiters()
    {
        object held = new Held();
        using var isHeld = new ManualResetEventSlim();
        Start("holds", () => Enter(held, () => SetAndSleep(isHeld)));
        isHeld.Wait();
        Start("waits", () => Enter(held, Sleep));
        Start("gives up", () => Monitor.TryEnter(held, TimeSpan.FromHours(1)));

        ContendedLock contended = Find(waits => waits.Locks.Find(static contended => contended.Type.EndsWith(nameof(Held), StringComparison.Ordinal) && contended.Waiters.Count == 2));

        Assert.Equal("Monitor", contended.Kind);
        Assert.True(contended.Id > 0);
        Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(Held)}", contended.Type, StringComparison.Ordinal);
        Assert.Equal(Ids(["holds", "waits", "gives up"]), [contended.Holder!.Value, .. contended.Waiters.OrderBy(static waiter => waiter.HasTimeout).Select(static waiter => waiter.Thread)]);
        Assert.Equal([false, true], contended.Waiters.Select(static waiter => waiter.HasTimeout).Order());
        AssertTakenBy(nameof(Enter), contended);
        GC.Collect();
        Assert.Equal(contended.Id, Find(waits => waits.Locks.Find(other => other.Type == contended.Type && other.Waiters.Count == 2)).Id);
    }

    /// <summary>What its stack told before is of another moment.</summary>
    [LinuxFact]
    public void AHolderThatHasRunSinceItsStackWasReadIsKnown()
    {
        object resting = new();
        object busy = new Held();
        using var isHeld = new CountdownEvent(2);
        using var stop = new CancellationTokenSource();
        Start("rests", () => Enter(resting, () =>
        {
            isHeld.Signal();
            Sleep();
        }));
        Start("runs", () => Enter(busy, () =>
        {
            isHeld.Signal();
            while (!stop.IsCancellationRequested)
            {
                Thread.Sleep(1);
            }
        }));
        isHeld.Wait();
        Start("waits for one", () => Enter(resting, static () => { }));
        Start("waits for the other", () => Enter(busy, static () => { }));

        // One of a moment ago may have run in the moment before.
        WaitGraph found = Find(waits => waits.Locks.Exists(held => held.Holder == _ids["rests"]) && waits.HaveRun.Contains(_ids["runs"]) && !waits.HaveRun.Contains(_ids["rests"]) ? waits : null);

        stop.Cancel();
        Assert.Contains(found.Locks, held => held.Holder == _ids["runs"]);
    }

    [LinuxFact]
    public void AContendedLockHasItsHolderAndItsWaiters()
    {
        var held = new Lock();
        using var isHeld = new ManualResetEventSlim();
        Start("holds", () => Enter(held, () => SetAndSleep(isHeld)));
        isHeld.Wait();
        Start("waits", () => Enter(held, Sleep));
        Start("gives up", () => held.TryEnter(TimeSpan.FromHours(1)));

        ContendedLock contended = Find(waits => waits.Locks.Find(contended => contended.Kind == "Lock" && contended.Holder == _ids["holds"] && contended.Waiters.Count == 2));

        Assert.True(contended.Id > 0);
        AssertTakenBy(nameof(Enter), contended);
        GC.Collect();
        Assert.Equal(contended.Id, Find(waits => waits.Locks.Find(other => other.Kind == "Lock" && other.Holder == _ids["holds"])).Id);
        Assert.Equal(Ids(["waits", "gives up"]), contended.Waiters.OrderBy(static waiter => waiter.HasTimeout).Select(static waiter => waiter.Thread));
        Assert.Equal([false, true], contended.Waiters.Select(static waiter => waiter.HasTimeout).Order());
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void TwoThreadsOnTwoLocksAreADeadlock(bool firstIsLock, bool secondIsLock)
    {
        object first = firstIsLock ? NewLock() : new Held();
        object second = secondIsLock ? NewLock() : new Held();
        var both = new Barrier(2);
        Start("one", () => EnterAny(first, () => Then(both, () => EnterAny(second, Sleep))));
        Start("other", () => EnterAny(second, () => Then(both, () => EnterAny(first, Sleep))));
        int[] ids = [.. Ids(["one", "other"]).Order()];

        IReadOnlyList<WaitStep> circle = Find(waits => waits.Deadlocks.Find(circle => circle[0].Thread == ids[0]));

        Assert.Equal(ids, circle.Select(static step => step.Thread));
        Assert.Equal([firstIsLock, secondIsLock], circle.Select(static step => step.Lock!.Kind == "Lock").Order());
    }

    [LinuxFact]
    public void ATaskThatNeedsALockOfWhoWaitsForItIsADeadlock()
    {
        object held = new Held();
        Start("holds", () => Enter(held, () => NeedAsync(held).Wait()));

        IReadOnlyList<WaitStep> circle = Find(waits => waits.Deadlocks.Find(circle => circle.Any(step => step.Thread == _ids["holds"])));

        Assert.Equal(2, circle.Count);
        TaskWait wait = Assert.Single(circle, step => step.Thread == _ids["holds"]).Task!;
        Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(NeedAsync)}", wait.Task, StringComparison.Ordinal);
        Assert.Equal(TaskNeed.Runs, wait.Need);
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(true)]
    [InlineData(false)]
    public void AThreadThatWaitsForWhatOnlyItCanGoOnWithIsADeadlock(bool isReady)
    {
        Start("window", () => new OneThread().Run(() => (isReady ? SoonAsync() : OuterAsync()).GetAwaiter().GetResult()));

        IReadOnlyList<WaitStep> circle = Find(waits => waits.Deadlocks.Find(circle => circle[0].Thread == _ids["window"] && circle[0].Task!.Awaits is null == isReady));

        TaskWait wait = Assert.Single(circle).Task!;
        Assert.Equal((TaskNeed.OneThread, _ids["window"]), (wait.Need, wait.Runner));
        Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(OneThread)}", wait.Context, StringComparison.Ordinal);
        Assert.EndsWith($".{nameof(WaitGraphTests)}.{(isReady ? nameof(SoonAsync) : nameof(InnerAsync))}", wait.Inner ?? wait.Task, StringComparison.Ordinal);
    }

    /// <summary>Whose contexts are of one class: the code of that class is on the stacks of both, and each has a queue of its own.</summary>
    [LinuxFact]
    public void TwoThreadsThatWaitForWhatOnlyTheyCanGoOnWithAreTwoDeadlocks()
    {
        Start("one window", () => new OneThread().Run(static () => SoonAsync().GetAwaiter().GetResult()));
        Start("other window", () => new OneThread().Run(() => OuterAsync().GetAwaiter().GetResult()));

        foreach (string name in (string[])["one window", "other window"])
        {
            Assert.Equal(TaskNeed.OneThread, Assert.Single(Find(waits => waits.Deadlocks.Find(circle => circle[0].Thread == _ids[name]))).Task!.Need);
        }
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(true)]
    [InlineData(false)]
    public void AContextThatAnotherThreadMayEmptyIsNoDeadlock(bool hasQueueAlone)
    {
        var context = new OneThread();
        OneThread other = hasQueueAlone ? new OneThread(context) : context;
        Start("empties", () => other.Serve(Sleep));
        _ = Find(_ => IsIn("empties", "Thread.Sleep") ? "" : null);
        Start("window", () => context.Run(() => OuterAsync().GetAwaiter().GetResult()));
        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["window"]));

        Assert.Equal(TaskNeed.Awaits, wait.Need);
        Assert.DoesNotContain(found!.Deadlocks, circle => circle.Any(step => step.Thread == _ids["window"]));
    }

    [LinuxFact]
    public void ATaskThatWaitsForWhatOnlyItsExclusiveSchedulerGoesOnWithIsADeadlock()
    {
        TaskScheduler exclusive = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        Thread? waiting = null;
        Task task = Task.Factory.StartNew(
            () =>
            {
                _ids["exclusive"] = SystemThreads.CurrentId;
                Volatile.Write(ref waiting, Thread.CurrentThread);
                SoonAsync().GetAwaiter().GetResult();
            },
            CancellationToken.None,
            TaskCreationOptions.None,
            exclusive);
        SpinWait.SpinUntil(() => Volatile.Read(ref waiting) is not null, s_patience);

        IReadOnlyList<WaitStep> circle = Find(waits => waits.Deadlocks.Find(circle => circle[0].Thread == _ids["exclusive"]));

        Assert.Equal(TaskNeed.OneThread, Assert.Single(circle).Task!.Need);
        waiting!.Interrupt();
        Assert.IsType<ThreadInterruptedException>(Assert.Throws<AggregateException>(task.Wait).InnerException);
    }

    /// <summary>Who empties a context cannot be seen, and the thread that has it need not be the one.</summary>
    [LinuxFact]
    public void AContextThatTheThreadItselfDoesNotEmptyIsNoDeadlock()
    {
        Start("pool", () =>
        {
            SynchronizationContext.SetSynchronizationContext(new PoolContext());
            OuterAsync().GetAwaiter().GetResult();
        });
        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["pool"]));

        Assert.Equal(TaskNeed.Awaits, wait.Need);
        Assert.DoesNotContain(found!.Deadlocks, circle => circle.Any(step => step.Thread == _ids["pool"]));
    }

    /// <summary>It can empty the context when it is done with what it does, though that is nothing of the context's.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData(true)]
    [InlineData(false)]
    public void AContextThatAThreadOfItsOuterClassMayEmptyIsNoDeadlock(bool runs)
    {
        var context = new OneThread();
        using var stop = new CancellationTokenSource();
        Start("serves later", () => ServeLater(context, runs, stop.Token));
        Start("window", () => context.Run(() => OuterAsync().GetAwaiter().GetResult()));
        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["window"]));
        Profile[] more = [_collector.DetailedSnapshot(), _collector.DetailedSnapshot()];

        stop.Cancel();
        Assert.Equal(TaskNeed.Awaits, wait.Need);
        Assert.All(more.Select(static profile => profile.Waits!).Append(found!), graph => Assert.DoesNotContain(graph.Deadlocks, circle => circle.Any(step => step.Thread == _ids["window"])));
    }

    /// <summary>Nothing in the operation tells what that waits for; it does not have it already.</summary>
    [LinuxFact]
    public void AnAwaiterWithoutAnyReferenceIsNamed()
    {
        Start("waits", static () => BareAsync().Wait());

        TaskWait wait = Find(waits => waits.TaskWaits.Find(wait => wait.Thread == _ids["waits"]));

        Assert.Equal((TaskNeed.Awaits, nameof(BareAwaiter)), (wait.Need, wait.Awaits));
        s_goOn!();
    }

    /// <summary>The first of several ends the wait.</summary>
    [LinuxFact]
    public void AThreadThatWaitsForOneOfSeveralIsInNoDeadlock()
    {
        Start("window", () => new OneThread().Run(() => Task.WhenAny(SoonAsync(), _end.Task).Wait()));
        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["window"]));

        Assert.Equal(("System.Threading.Tasks.Task.WhenAny", TaskNeed.Unknown), (wait.Task, wait.Need));
        Assert.DoesNotContain(found!.Deadlocks, circle => circle.Any(step => step.Thread == _ids["window"]));
    }

    /// <summary>As a test framework's does that counts what is under way: its own code is on the stack of who runs something for it.</summary>
    [LinuxFact]
    public void AContextThatPassesOnToAnotherIsNoDeadlock()
    {
        Start("passes on", () => new PassingContext(new PoolContext()).Run(() => OuterAsync().GetAwaiter().GetResult()));
        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["passes on"]));

        Assert.Equal(TaskNeed.Awaits, wait.Need);
        Assert.DoesNotContain(found!.Deadlocks, circle => circle.Any(step => step.Thread == _ids["passes on"]));
    }

    /// <summary>As a test framework's does whose own code the pool runs for each thing that is posted.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData(false)]
    [InlineData(true)]
    public void AContextWhoseOwnCodeThePoolRunsIsNoDeadlock(bool byOthers)
    {
        Thread? waiting = null;
        var context = new WrappingContext(byOthers ? QueueWork : static work => Task.Run(work));
        context.Post(
            _ =>
            {
                SynchronizationContext.SetSynchronizationContext(context);
                _ids["wraps"] = SystemThreads.CurrentId;
                Volatile.Write(ref waiting, Thread.CurrentThread);
                OuterAsync().GetAwaiter().GetResult();
            },
            null);
        SpinWait.SpinUntil(() => Volatile.Read(ref waiting) is not null, s_patience);

        WaitGraph? found = null;
        TaskWait wait = Find(waits => (found = waits).TaskWaits.Find(wait => wait.Thread == _ids["wraps"]));

        Assert.Equal(TaskNeed.Awaits, wait.Need);
        Assert.DoesNotContain(found!.Deadlocks, circle => circle.Any(step => step.Thread == _ids["wraps"]));
        waiting!.Interrupt();
        Assert.True(context.Ended.Wait(s_patience));
    }

    [LinuxFact]
    public void AThreadThatWaitsForATaskHasItsNameAndWhatItAwaits()
    {
        Start("result", () => OuterAsync().GetAwaiter().GetResult());
        Start("wrapped", () => Task.Run(OuterAsync).Wait());
        Start("gives up", () => OuterAsync().Wait(TimeSpan.FromHours(1)));
        using var cancellation = new CancellationTokenSource();
        Start("is canceled", () => OuterAsync().Wait(cancellation.Token));

        foreach (string name in (string[])["result", "wrapped", "gives up", "is canceled"])
        {
            TaskWait wait = Find(waits => waits.TaskWaits.Find(wait => wait.Thread == _ids[name] && wait.Need == TaskNeed.Awaits));

            Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(OuterAsync)}", wait.Task, StringComparison.Ordinal);
            Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(InnerAsync)}", wait.Inner, StringComparison.Ordinal);
            Assert.Equal("task", wait.Awaits);
            Assert.Equal(name is "gives up" or "is canceled", wait.HasTimeout);
        }
    }

    [LinuxFact]
    public void AThreadThatWaitsForSeveralTasksHasOneAndTheNumberOfTheOthers()
    {
        Start("all", () => Task.WaitAll(OuterAsync(), InnerAsync(), Task.CompletedTask));

        TaskWait wait = Find(waits => waits.TaskWaits.Find(wait => wait.Thread == _ids["all"]));

        Assert.Equal((TaskNeed.Awaits, "task", 1, false), (wait.Need, wait.Awaits, wait.Others, wait.HasTimeout));
        Assert.Contains(wait.Task.Split('.')[^1], (string[])[nameof(OuterAsync), nameof(InnerAsync)]);
    }

    [LinuxFact]
    public void AThreadThatWaitsAmongOthersForWhatOnlyItCanGoOnWithIsADeadlock()
    {
        Start("window", () => new OneThread().Run(() => Task.WaitAll(_end.Task, SoonAsync())));

        IReadOnlyList<WaitStep> circle = Find(waits => waits.Deadlocks.Find(circle => circle[0].Thread == _ids["window"] && circle[0].Task!.Awaits is null));

        Assert.EndsWith($".{nameof(WaitGraphTests)}.{nameof(SoonAsync)}", Assert.Single(circle).Task!.Task, StringComparison.Ordinal);
    }

    [ToolTheory(Tools.Linux)]
    [InlineData(false)]
    [InlineData(true)]
    public void TheMainThreadOfAHostThatRunsWaitsForNothingThatWouldBeWorthALine(bool isAsync)
    {
        using IHost host = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings()).Build();
        host.Start();
        Start("main", isAsync ? () => MainAsync(host).GetAwaiter().GetResult() : host.WaitForShutdown);
        Start("result", () => OuterAsync().GetAwaiter().GetResult());
        List<TaskWait> found = [];
        _ = Find(waits => IsIn("main", "TaskAwaiter.GetResult") && waits.TaskWaits.Exists(wait => wait.Thread == _ids["result"]) ? found = waits.TaskWaits : null);

        Assert.DoesNotContain(found, wait => wait.Thread == _ids["main"]);
    }

    [LinuxFact]
    public void ASemaphoreThatLetsNobodyInHasThoseThatWaitForIt()
    {
        using var semaphore = new SemaphoreSlim(1, 3);
        semaphore.Wait();
        List<Task> entering = [.. Enumerable.Range(0, 12).Select(i => i % 2 == 0 ? EnterAsync(semaphore) : TryEnterAsync(semaphore))];

        AwaitedSemaphore found = Find(waits => waits.Semaphores.Find(static semaphore => semaphore.Max == 3));

        Assert.Equal((0, 12), (found.Count, found.Operations));
        Assert.Contains($".{nameof(WaitGraphTests)}.", found.Method, StringComparison.Ordinal);
        while (!entering.TrueForAll(static task => task.IsCompleted))
        {
            if (semaphore.CurrentCount == 0)
            {
                semaphore.Release();
            }

            Thread.Yield();
        }
    }

    [LinuxFact]
    public void ASemaphoreThatLetsNobodyInHasTheThreadsThatWaitForIt()
    {
        using var semaphore = new SemaphoreSlim(1, 5);
        using var items = new BlockingCollection<int>();
        semaphore.Wait();
        Start("waits", () => Enter(semaphore));
        Start("gives up", () => semaphore.Wait(TimeSpan.FromHours(1)));
        Start("consumes", () => items.Take());

        AwaitedSemaphore found = Find(waits => waits.Semaphores.Find(static semaphore => semaphore is { Max: 5, Threads.Count: 2 }));

        Assert.Equal((0, 0), (found.Count, found.Operations));
        Assert.Equal(Ids(["waits", "gives up"]).Order(), found.Threads);
        Assert.Contains($".{nameof(WaitGraphTests)}.", found.Method, StringComparison.Ordinal);

        // Who waits for something to take has forgotten nothing.
        _ = Find(waits => IsIn("consumes", "SemaphoreSlim.Wait") ? waits : null);
        Assert.DoesNotContain(_collector.DetailedSnapshot().Waits!.Semaphores, semaphore => semaphore.Threads.Contains(_ids["consumes"]));
    }

    [LinuxFact]
    public void TimersAreThereByWhatTheyCall()
    {
        List<Timer> timers = [.. Enumerable.Range(0, 5).Select(static _ => new Timer(Tick, null, TimeSpan.FromHours(1), TimeSpan.FromHours(2)))];

        SetTimers found = Find(waits => waits.Timers.Find(static timers => timers.Method.EndsWith($".{nameof(WaitGraphTests)}.{nameof(Tick)}", StringComparison.Ordinal)));

        Assert.Equal(5, found.Count);
        Assert.InRange(found.Due.TotalMinutes, 50, 60);
        Assert.Equal(TimeSpan.FromHours(2), found.Period);
        timers.ForEach(static timer => timer.Dispose());
    }

    [LinuxFact]
    public void WhereThePoolIsNotStarvedNobodySaysSo()
    {
        Profile profile = _collector.DetailedSnapshot();

        Assert.False(profile.Waits!.Pool!.IsStarved);
        Assert.InRange(profile.Waits.Pool.Max, profile.Waits.Pool.Min, int.MaxValue);
        Assert.Null(profile.Waits.Missing);
    }

    [LinuxFact]
    public void WhatOnlyTheTextShowsIsNotLookedForOtherwise() => Assert.Null(_collector.Snapshot().Waits);

    /// <summary>Locks that are always taken in the same order, as often as threads can, with tasks that take them too.</summary>
    [LinuxFact]
    public void InABusyProcessNoDeadlockIsNamed()
    {
        object[] locks = [.. Enumerable.Range(0, 6).Select(static i => i % 2 == 0 ? new object() : NewLock())];
        using var stop = new CancellationTokenSource();
        for (int i = 0; i < 8; i++)
        {
            int seed = i;
            Start($"busy {i}", () => TakeInOrder(locks, seed, stop.Token));
        }

        int contended = 0;
        int tasks = 0;
        List<string> wrong = [];
        for (int i = 0; i < s_looks; i++)
        {
            Profile profile = _collector.DetailedSnapshot();
            Assert.Null(profile.Gaps.MissingOperations);
            contended += profile.Waits!.Locks.Count;
            tasks += profile.Waits.TaskWaits.Count;
            wrong.AddRange(profile.Waits.Deadlocks.Select(static circle => string.Join("; ", circle)));
            wrong.AddRange(profile.Waits.Locks.Where(static held => held.Waiters.Exists(waiter => waiter.Thread == held.Holder)).Select(static held => held.ToString()));
        }

        stop.Cancel();
        _output.WriteLine($"{s_looks} looks, {contended} contended locks, {tasks} waits for tasks");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(3)));
        Assert.NotEqual(0, contended);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ServeLater(OneThread context, bool runs, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (runs)
            {
                Thread.SpinWait(1000);
            }
            else
            {
                stop.WaitHandle.WaitOne();
            }
        }

        context.Serve(static () => { });
    }

    private static void TakeInOrder(object[] locks, int seed, CancellationToken stop)
    {
        var random = new Random(seed);
        while (!stop.IsCancellationRequested)
        {
            int first = random.Next(locks.Length);
            int second = random.Next(first, locks.Length);
            EnterAny(locks[first], () =>
            {
                Work(random);
                if (second > first)
                {
                    EnterAny(locks[second], () => Work(random));
                }
            });

            if (random.Next(20) == 0)
            {
                LockLaterAsync(locks[random.Next(locks.Length)]).Wait(CancellationToken.None);
            }
        }
    }

    private static void Work(Random random)
    {
        if (random.Next(4) == 0)
        {
            Thread.Sleep(1);
        }
        else
        {
            Thread.SpinWait(random.Next(2000));
        }
    }

    private static async Task LockLaterAsync(object held)
    {
        await Task.Yield();
        EnterAny(held, static () => { });
    }

    private static async Task NeedAsync(object held)
    {
        await Task.Yield();
        Enter(held, static () => { });
    }

    private static async Task MainAsync(IHost host) => await host.WaitForShutdownAsync();

    private async Task OuterAsync() => await InnerAsync();

    private async Task InnerAsync() => await _end.Task;

    private static async Task SoonAsync() => await Task.Delay(10);

    private static void Enter(SemaphoreSlim semaphore) => semaphore.Wait();

    private static async Task EnterAsync(SemaphoreSlim semaphore) => await semaphore.WaitAsync();

    private static async Task TryEnterAsync(SemaphoreSlim semaphore) => await semaphore.WaitAsync(TimeSpan.FromHours(1));

    private static void Tick(object? state)
    {
    }

    private static void Sleep() => Thread.Sleep(Timeout.Infinite);

    private static void SetAndSleep(ManualResetEventSlim entered)
    {
        entered.Set();
        Sleep();
    }

    private static void Then(Barrier barrier, Action action)
    {
        barrier.SignalAndWait();
        action();
    }

    private static object NewLock() => new Lock[1] { new() }.GetValue(0)!;

    private static void EnterAny(object held, Action then)
    {
        if (held is Lock exclusive)
        {
            Enter(exclusive, then);
        }
        else
        {
            Enter(held, then);
        }
    }

    private static void Enter(object held, Action then)
    {
        lock (held)
        {
            then();
        }
    }

    private static void Enter(Lock held, Action then)
    {
        lock (held)
        {
            then();
        }
    }

    private static void AssertTakenBy(string method, ContendedLock contended) =>
        Assert.StartsWith($"Pprof.Runtime.Tests.Collectors.Goroutine.{nameof(WaitGraphTests)}.{method}(", contended.TakenIn, StringComparison.Ordinal);

    private IEnumerable<int> Ids(string[] names) => names.Select(name => _ids[name]);

    private bool IsIn(string name, string state) => _collector.DetailedSnapshot().Threads.Exists(thread => thread.Id == _ids[name] && thread.State == state);

    /// <summary>Looks until what is to be there is there: threads take their time to where they wait.</summary>
    private T Find<T>(Func<WaitGraph, T?> find)
        where T : class
    {
        T? found = null;
        Profile? last = null;
        if (!SpinWait.SpinUntil(() => (found = find((last = _collector.DetailedSnapshot()).Waits!)) is not null, s_patience))
        {
            using var text = new StringWriter { NewLine = "\n" };
            TextForm.Write(text, "goroutine", last!, Symbolizer.Create(), detail: 2);
            _output.WriteLine(text.ToString());
            Assert.Fail("It has not come; the page is in the output.");
        }

        return found!;
    }

    /// <summary>Starts a thread that goes on where it is interrupted, and waits until it runs.</summary>
    private void Start(string name, Action body)
    {
        using var started = new ManualResetEventSlim();
        var thread = new Thread(() =>
        {
            _ids[name] = SystemThreads.CurrentId;
            started.Set();
            try
            {
                body();
            }
            catch (ThreadInterruptedException)
            {
                // The end of the test.
            }
        })
        { IsBackground = true, Name = name };
        thread.Start();
        _threads.Add(thread);
        started.Wait();
    }

    private static async Task BareAsync() => await default(BareAwaiter);

    private readonly struct BareAwaiter : INotifyCompletion
    {
        public bool IsCompleted => false;

        public BareAwaiter GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => s_goOn = continuation;
    }

    private sealed class Held;

    private sealed class PassingContext(SynchronizationContext other) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => other.Post(d, state);

        public void Run(Action first)
        {
            SetSynchronizationContext(this);
            first();
            GC.KeepAlive(other);
        }
    }

    private static void QueueWork(Action work) => Task.Run(() => work());

    private sealed class WrappingContext(Action<Action> queue) : SynchronizationContext
    {
        public ManualResetEventSlim Ended { get; } = new();

        public override void Post(SendOrPostCallback d, object? state) => queue(() =>
        {
            try
            {
                d(state);
            }
            catch (ThreadInterruptedException)
            {
                Ended.Set();
            }
        });
    }

    private sealed class OneThread : SynchronizationContext
    {
        private readonly Queue<(SendOrPostCallback Callback, object? State)> _posted;

        public OneThread() => _posted = [];

        public OneThread(OneThread other) => _posted = other._posted;

        public override void Post(SendOrPostCallback d, object? state)
        {
            lock (_posted)
            {
                _posted.Enqueue((d, state));
            }
        }

        public void Run(Action first)
        {
            SetSynchronizationContext(this);
            first();
        }

        /// <summary>For one that is another thread's.</summary>
        public void Serve(Action first)
        {
            first();
            GC.KeepAlive(this);
        }
    }
}

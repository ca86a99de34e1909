using Pprof.Encoding.Text;
using Pprof.Profiles;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Encoding.Text;

public sealed class GoroutineTextTests
{
    [Fact]
    public void EachThreadStandsOnItsOwnAndNativeOnesLast()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        int native = profile.Samples.Add([0x3fff], new LabelSet([new Label("code", "native")]), 1);
        int waiting = profile.Samples.Add([0x4fff, 0x1fff, 0x2fff], LabelSet.Empty, 1);
        int running = profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, 1);
        profile.Threads.Add(new ProfileThread(9, ".NET SigHandler", "syscall", null, IsManaged: false, WaitingFrames: 0, native));
        profile.Threads.Add(new ProfileThread(12, "worker] 1", "Monitor.Enter", TimeSpan.FromSeconds(200), IsManaged: true, WaitingFrames: 1, waiting));
        profile.Threads.Add(new ProfileThread(11, null, "running", TimeSpan.FromSeconds(59), IsManaged: true, WaitingFrames: 0, running) { Creator = [0x3fff, 0x5fff, 0x2fff, 0x1fff] });

        Assert.Equal(
            """
            goroutine 11 [running]:
            	goroutine running on other thread; stack unavailable
            created by Application.Program.Main
            	/src/Program.cs:7 +0x0

            goroutine 12 [Monitor.Enter, 3 minutes, "worker\x5d 1"]:
            N.Type.Open(int)
            	/src/Pool.cs:3 +0x0
            Application.Program.Main(...)
            	/src/Program.cs:7 +0x0

            goroutine 9 [syscall, ".NET SigHandler", labels: {"code":"native"}]:
            0x3fff(...)
            	?:0 +0x0

            """,
            Text(profile, 2));
    }

    [Fact]
    public void OfADeepStackTheInnermostAndTheOutermostFramesAreShown()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        int sample = profile.Samples.Add([0x1fff, .. Enumerable.Repeat((nuint)0x3fff, 148), 0x2fff], LabelSet.Empty, 1);
        profile.Threads.Add(new ProfileThread(1, null, "Thread.Sleep", null, IsManaged: true, WaitingFrames: 0, sample));

        string[] lines = Text(profile, 2).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal("...50 frames elided...", lines[101]);
        Assert.Equal(1 + (2 * 100) + 1, lines.Length);
        Assert.Equal("N.Type.Open(int)", lines[1]);
        Assert.Equal("Application.Program.Main(...)", lines[^2]);
    }

    [Fact]
    public void WithoutDetailItIsTheFormOfEveryCount()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Samples.Add([0x2fff], LabelSet.Empty, 4);

        Assert.StartsWith("goroutine profile: total 4\n4 @ 0x3000\n#\t0x2fff\tApplication.Program.Main+0x0\t", Text(profile, 1), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatHangsStandsAboveTheBlocksAndWhatIsQueuedBelow()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        int sample = profile.Samples.Add([0x2fff], LabelSet.Empty, 3);
        profile.Threads.Add(new ProfileThread(12, "worker", "Monitor.Enter", null, IsManaged: true, WaitingFrames: 0, sample));
        profile.Threads.Add(new ProfileThread(13, ".NET TP Worker", "Lock.Enter", null, IsManaged: true, WaitingFrames: 0, sample));
        profile.Threads.Add(new ProfileThread(20, null, "SemaphoreSlim.Wait", TimeSpan.FromSeconds(90), IsManaged: true, WaitingFrames: 0, sample));
        profile.Threads.Add(new ProfileThread(14, ".NET TP Worker", "Task.Wait", null, IsManaged: true, WaitingFrames: 0, sample));
        var cart = new ContendedLock("Monitor", 3, "Shop.Cart", 13, [new LockWaiter(12, HasTimeout: false), new LockWaiter(15, HasTimeout: true)]) { TakenIn = "Shop.Cart.Add(Item)" };
        var prices = new ContendedLock("Lock", 140, "", 12, [new LockWaiter(13, HasTimeout: false)]);
        WaitGraph waits = profile.Waits = new WaitGraph();
        waits.Locks.AddRange([prices, cart, new ContendedLock("Monitor", 9, "object", null, [new LockWaiter(16, HasTimeout: false)]), new ContendedLock("Monitor", 10, "Shop.Till", 20, [new LockWaiter(16, HasTimeout: false)])]);
        waits.HaveRun.Add(20);
        waits.Deadlocks.Add([new WaitStep(12, cart, null), new WaitStep(13, prices, null)]);
        var bound = new TaskWait(18, "Shop.Window.ShowAsync", TaskNeed.OneThread, "Shop.Window.LoadAsync", null, 18, HasTimeout: false) { Context = "Shop.Window" };
        waits.Deadlocks.Add([new WaitStep(18, null, bound)]);
        waits.TaskWaits.AddRange([bound, bound with { Thread = 19, Inner = null, Awaits = "delay" }]);
        waits.TaskWaits.Add(new TaskWait(14, "Shop.Orders.PlaceAsync", TaskNeed.PoolThread, "Shop.Orders.PayAsync", null, null, HasTimeout: false));
        waits.TaskWaits.Add(new TaskWait(15, "Shop.Orders.PlaceAsync", TaskNeed.PoolThread, "Shop.Orders.PayAsync", null, null, HasTimeout: true));
        waits.TaskWaits.Add(new TaskWait(16, "Shop.Orders.ShipAsync", TaskNeed.Awaits, null, "delay", null, HasTimeout: false));
        waits.TaskWaits.Add(new TaskWait(17, "Shop.Orders.FillAsync", TaskNeed.Runs, null, null, 13, HasTimeout: false) { Others = 2 });
        waits.Semaphores.AddRange([new AwaitedSemaphore(0, 1, 10, "Shop.Door.EnterAsync"), new AwaitedSemaphore(0, 0, 8, "Shop.Gate.EnterAsync") { Threads = [21] }]);
        waits.Semaphores.Add(new AwaitedSemaphore(0, 3, 0, "Shop.Desk.Enter") { Threads = [20, 22] });
        waits.Queue.AddRange([new QueuedWork("Shop.Orders.PlaceAsync", 12), new QueuedWork("Shop.Log.Write", 1)]);
        waits.Timers.Add(new SetTimers("Shop.Cache.Expire", 2, TimeSpan.FromSeconds(3), TimeSpan.FromMinutes(5)));
        waits.Timers.Add(new SetTimers("Shop.Late.Call", 3, TimeSpan.FromMilliseconds(-20), null));
        waits.Pool = new PoolActivity(2, 2, 100, 13, TimeSpan.FromMilliseconds(85), 0, [("Lock.Enter", 1), ("Task.Wait", 1)]);

        Assert.Equal(
            """
            # deadlock: thread 12 "worker" waits for Monitor 3 (Shop.Cart), which thread 13 ".NET TP Worker" holds; thread 13 ".NET TP Worker" waits for Lock 140, which thread 12 "worker" holds
            # deadlock: thread 18 waits for Shop.Window.ShowAsync, where Shop.Window.LoadAsync can go on only on this thread, by its Shop.Window
            # the thread pool is starved: all its threads wait (1 in Lock.Enter, 1 in Task.Wait), 13 work items are queued, and none was completed in the 85 ms of this look; 2 threads wait for tasks that need a thread of the pool, and cannot go on before it grows
            # semaphore: 10 operations wait for one whose count is 0 of 1, in Shop.Door.EnterAsync; a semaphore does not know who has entered it and not left
            # semaphore: 2 threads wait for one whose count is 0 of 3, in Shop.Desk.Enter (threads 20, 22, for 90 s); a semaphore does not know who has entered it and not left
            # lock: Monitor 3 (Shop.Cart) is held by thread 13 ".NET TP Worker" [Lock.Enter], taken in Shop.Cart.Add(Item); 2 threads wait: 12, 15
            # lock: Lock 140 is held by thread 12 "worker" [Monitor.Enter]; 1 thread waits: 13
            # lock: Monitor 9 (object) is held by no thread that the runtime knows; 1 thread waits: 16
            # lock: Monitor 10 (Shop.Till) is held by thread 20 [has run since]; 1 thread waits: 16
            # task: 2 threads wait for Shop.Orders.PlaceAsync, where Shop.Orders.PayAsync needs a thread of the pool to go on: 14, 15
            # task: thread 18 waits for Shop.Window.ShowAsync, where Shop.Window.LoadAsync can go on only on this thread, by its Shop.Window
            # task: thread 19 waits for Shop.Window.ShowAsync, which awaits delay, and then can go on only on thread 18, by its Shop.Window
            # task: thread 16 waits for Shop.Orders.ShipAsync, which awaits delay
            # task: thread 17 waits for Shop.Orders.FillAsync, which runs on thread 13 ".NET TP Worker" [Lock.Enter], and for 2 other tasks
            # semaphore: 1 thread and 8 operations wait for one whose count is 0, in Shop.Gate.EnterAsync (threads 21); a semaphore does not know who has entered it and not left
            # thread pool: 2 threads (at once 2, at most 100), 13 work items queued

            goroutine 12 [Monitor.Enter, "worker"]:
            """,
            Text(profile, 2).Split("\nApplication", 2)[0]);
        Assert.EndsWith(
            """

            # queued in the thread pool, what comes next first:
            #       12 Shop.Orders.PlaceAsync
            #        1 Shop.Log.Write

            # timers:
            #        3 Shop.Late.Call, due 20 ms ago
            #        2 Shop.Cache.Expire, due in 3 s, every 5 minutes

            """,
            Text(profile, 2),
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAPoolCompletesWithAThreadThatItGetsIsSaid()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Waits = new WaitGraph { Pool = new PoolActivity(3, 2, 100, 13, TimeSpan.FromMilliseconds(85), 1, [("Task.Wait", 2)]) { Grown = 1 } };

        Assert.StartsWith(
            "# the thread pool is starved: all its threads wait (2 in Task.Wait), 13 work items are queued, and 1 was completed in the 85 ms of this look, in which it got 1 thread more\n",
            Text(profile, 2),
            StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNotKnownIsSaidInOneLine()
    {
        Profile profile = Shapes.Goroutine.NewProfile();
        profile.Gaps.MissingOperations = "the process is too large";
        profile.Waits = new WaitGraph { Missing = "the process is too large", Pool = new PoolActivity(1, 2, 100, 0, TimeSpan.Zero, 0, []) };

        Assert.Equal(
            """
            # threads alone, without asynchronous operations: the process is too large
            # thread pool: 1 thread (at once 2, at most 100), 0 work items queued
            # without locks, deadlocks, tasks that threads wait for, queued work and timers: for the same reason


            """,
            Text(profile, 2));
    }

    private static string Text(Profile profile, long detail)
    {
        using var text = new StringWriter();
        TextForm.Write(text, "goroutine", profile, new KnownFunctions(), detail);
        return text.ToString();
    }

    private sealed class KnownFunctions : Symbolizer
    {
        public override IReadOnlyList<CodeMapping> Mappings => [];

        public override FrameSymbol? Resolve(nuint address) => (ulong)address switch
        {
            0x1fff => new FrameSymbol("N.Type.Open(int)", FileName: "/src/Pool.cs", Line: 3),
            0x5fff => new FrameSymbol("System.Threading.Thread.Start(object)"),
            0x2fff => new FrameSymbol("Application.Program.Main", FileName: "/src/Program.cs", Line: 7),
            _ => null,
        };
    }
}

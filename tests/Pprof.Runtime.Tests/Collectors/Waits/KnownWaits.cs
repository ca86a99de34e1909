using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>The ways in which a thread can stand still, each in a method of its own, once and for some time.</summary>
internal static class KnownWaits
{
    /// <summary>For how long, where the wait itself has a limit and nobody says otherwise.</summary>
    public const int DefaultMilliseconds = 25;

    /// <summary>For how long, where the wait itself has a limit. Many of them spin first, which takes all of it on a busy machine.</summary>
    public static int Milliseconds { get; set; } = DefaultMilliseconds;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<KnownWait> All { get; } =
    [
        new(nameof(WaitForTask), "sync-over-async", WaitForTask),
        new(nameof(TakeResult), "sync-over-async", TakeResult),
        new(nameof(GetAwaiterResult), "sync-over-async", GetAwaiterResult),
        new(nameof(WaitForAllTasks), "sync-over-async", WaitForAllTasks),
        new(nameof(WaitForMonitor), "monitor-wait", WaitForMonitor),
        new(nameof(WaitForEvent), "wait-handle", WaitForEvent),
        new(nameof(WaitForSlimEvent), "event", WaitForSlimEvent),
        new(nameof(WaitForAny), "wait-handle", WaitForAny),
        new(nameof(WaitForSemaphore), "wait-handle", WaitForSemaphore),
        new(nameof(WaitForSlimSemaphore), "semaphore", WaitForSlimSemaphore),
        new(nameof(JoinThread), "thread-join", JoinThread),
        new(nameof(TakeFromCollection), "semaphore", TakeFromCollection),
        new(nameof(EnterReaderLock), "reader-writer-lock", EnterReaderLock),
        new(nameof(EnterHeldMonitor), "lock", EnterHeldMonitor),
        new(nameof(EnterHeldLock), "lock", EnterHeldLock),
        new(nameof(TimeOutOfHeldLock), "lock", TimeOutOfHeldLock),
        new(nameof(RunInParallel), "parallel", RunInParallel),
    ];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForTask() => Task.Delay(Milliseconds).Wait();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void TakeResult() => _ = Task.Delay(Milliseconds).ContinueWith(_ => 1).Result;

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
        _ = gate.TryEnter(Milliseconds);

        // What the thread waits for next shows that it does not wait for the lock any more.
        new ManualResetEvent(false).WaitOne(1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunInParallel()
    {
        int own = Environment.CurrentManagedThreadId;
        Parallel.For(0, 4, (_, _) => Thread.Sleep(Environment.CurrentManagedThreadId == own ? 1 : 2 * Milliseconds));
    }
}

using Pprof.Collectors.Goroutine;
using Pprof.Collectors.Heap;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Goroutine;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;

namespace Pprof.Runtime.Tests.NativeAot;

/// <summary>What a copy of this program finds in its heap, against what it knows. Each case says "ok", or what is wrong.</summary>
internal static class SnapshotCases
{
    private const int Objects = 50_000;

    private static readonly List<object> s_kept = [];
    private static object? s_latest;

    /// <summary>Runs one.</summary>
    public static string Run(string name)
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        LiveHeapSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
        AsyncOperationSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
        return name switch
        {
            "types" => Types(),
            "busy" => Busy(),
            "limit" => Limit(),
            "retained" => new LiveHeapCollector(paths: true).UnsupportedReason ?? "",
            "operations" => Operations(),
            "locks" => Locks(),
            "labels" => Labels(),
            "tasks" => Tasks(),
            "pool" => Pool(),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    /// <summary>Objects of every size and kind.</summary>
    private static string Types()
    {
        Fill();
        GC.Collect();
        return Compare(new LiveHeapCollector(paths: false).Snapshot());
    }

    /// <summary>While others allocate, and collect.</summary>
    private static string Busy()
    {
        Fill();
        bool isDone = false;
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(i => new Thread(() => Allocate(i == 0, ref isDone)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        var collector = new LiveHeapCollector(paths: false);
        string result = "ok";
        for (int i = 0; i < 100 && result == "ok"; i++)
        {
            result = Compare(collector.Snapshot());
        }

        Volatile.Write(ref isDone, true);
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        string children = File.ReadAllText($"/proc/self/task/{Environment.ProcessId}/children");
        return result != "ok" ? result : children.Length > 0 ? $"children {children}" : "ok";
    }

    private static string Limit()
    {
        LiveHeapSource.ResidentLimit.Set(1 << 20);
        return new LiveHeapCollector(paths: false).UnsupportedReason is { } reason && reason.Contains("SnapshotResidentLimit (1 MB)", StringComparison.Ordinal)
            ? "ok"
            : "no limit";
    }

    /// <summary>More than a thousand, of every shape.</summary>
    private static string Operations()
    {
        using var operations = new KnownOperations();
        operations.Start(80);
        var collector = new GoroutineProfileCollector();
        Profile profile = collector.Snapshot();
        return profile.Gaps.MissingOperations is { } missing ? missing
            : operations.Missing(profile) is [{ } first, ..] wrong ? $"{wrong.Count} wrong: {string.Join("\n", wrong)}"
            : operations.Expected.Sum(static expected => expected.Count) is < 1_000 and int few ? $"only {few} were started"
            : "ok";
    }

    /// <summary>Locks and monitors that threads take in one order, so that there is no deadlock; then two that are one.</summary>
    private static string Locks()
    {
        bool isDone = false;
        object[] monitors = [new(), new()];
        Lock[] locks = [new(), new()];
        Thread[] threads = [.. Enumerable.Range(0, 6).Select(seed => Start(() => TakeInOrder(monitors, locks, seed, ref isDone)))];
        var collector = new GoroutineProfileCollector();
        string result = "ok";
        for (int i = 0; i < 60 && result == "ok"; i++)
        {
            WaitGraph waits = collector.DetailedSnapshot().Waits!;
            result = waits.Missing is { } missing ? missing
                : waits.Deadlocks.Count > 0 ? $"deadlock of {string.Join("; ", waits.Deadlocks[0])}"
                : waits.Locks.Exists(static contended => contended.Waiters.Exists(waiter => waiter.Thread == contended.Holder)) ? "a thread waits for itself"
                : "ok";
        }

        Volatile.Write(ref isDone, true);
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        if (result != "ok")
        {
            return result;
        }

        using var both = new Barrier(2);
        Start(() => TakeBoth(monitors[0], locks[0], both));
        Start(() => TakeBoth(locks[0], monitors[0], both));
        if (!SpinWait.SpinUntil(() => collector.DetailedSnapshot().Waits!.Deadlocks is [{ Count: 2 }], TimeSpan.FromSeconds(20)))
        {
            return $"the deadlock was not found: {Describe(collector)}";
        }

        // The first thread, which no method of the class library runs.
        lock (locks[1])
        {
            Start(() => Take(locks[1]));
            return SpinWait.SpinUntil(() => collector.DetailedSnapshot().Waits!.Locks.Exists(static contended => contended.Holder == Environment.ProcessId), TimeSpan.FromSeconds(20))
                ? "ok"
                : $"the lock of the first thread was not found: {Describe(collector)}";
        }
    }

    /// <summary>Threads that wait for tasks, one of them with a lock that its task needs; and timers.</summary>
    private static string Tasks()
    {
        Timer[] timers = [.. Enumerable.Range(0, 5).Select(static _ => new Timer(Tick, null, TimeSpan.FromHours(1), TimeSpan.FromHours(2)))];
        var never = new TaskCompletionSource();
        object held = new();
        Start(() => OuterAsync(never.Task).GetAwaiter().GetResult());
        Start(() => Task.Factory.StartNew(static () => Thread.Sleep(Timeout.Infinite), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait());
        Start(() => HoldAndWait(held));
        using var cancellation = new CancellationTokenSource();
        Start(() => GiveUpAsync(never.Task).Wait(TimeSpan.FromHours(1)));
        Start(() => CanceledAsync(never.Task).Wait(cancellation.Token));
        Start(() => Task.WaitAll(EachAsync(never.Task), EachAsync(never.Task)));
        var collector = new GoroutineProfileCollector();
        WaitGraph waits = null!;
        bool isFound = SpinWait.SpinUntil(
            () =>
            {
                waits = collector.DetailedSnapshot().Waits!;
                return waits.MissingTasks is null
                    && waits.TaskWaits.Exists(static wait => Is(wait.Task, nameof(OuterAsync)) && wait.Inner is { } inner && Is(inner, nameof(InnerAsync))
                        && wait is { Need: TaskNeed.Awaits, Awaits: "task", HasTimeout: false })
                    && waits.TaskWaits.Count(static wait => wait.HasTimeout && (Is(wait.Task, nameof(GiveUpAsync)) || Is(wait.Task, nameof(CanceledAsync)))) == 2
                    && waits.TaskWaits.Exists(static wait => Is(wait.Task, nameof(EachAsync)) && wait is { Need: TaskNeed.Awaits, Others: 1, HasTimeout: false })
                    && waits.TaskWaits.Exists(static wait => wait is { Need: TaskNeed.Runs, Runner: not null, HasTimeout: false } && wait.Task.Contains($"{nameof(SnapshotCases)}.{nameof(Tasks)}", StringComparison.Ordinal))
                    && waits.TaskWaits.Exists(static wait => Is(wait.Task, nameof(NeedAsync)))
                    && waits.Deadlocks.Exists(static circle => circle.Count == 2 && circle.Any(static step => step.Task is not null) && circle.Any(static step => step.Lock is not null))
                    && waits.Timers.Exists(static timers => Is(timers.Method, nameof(Tick)) && timers is { Count: 5, Period.TotalHours: 2, Due.TotalMinutes: > 50 and < 61 });
            },
            TimeSpan.FromSeconds(20));
        Array.ForEach(timers, static timer => timer.Dispose());
        return isFound ? "ok" : $"{waits.MissingTasks}; tasks {string.Join(", ", waits.TaskWaits)}; deadlocks {waits.Deadlocks.Count}; timers {string.Join(", ", waits.Timers)}";
    }

    /// <summary>A pool all of whose threads wait for tasks that need one of them.</summary>
    private static string Pool()
    {
        int workers = Environment.ProcessorCount;
        ThreadPool.SetMinThreads(workers, 1);
        ThreadPool.SetMaxThreads(workers, workers);
        using var all = new CountdownEvent(workers);
        for (int i = 0; i < workers; i++)
        {
            _ = Task.Run(() =>
            {
                all.Signal();
                all.Wait();
                _ = Task.Run(QueuedByWorker);
                YieldAsync().GetAwaiter().GetResult();
            });
        }

        all.Wait();
        int number = 40;
        for (int i = 0; i < number; i++)
        {
            _ = Task.Run(() => GC.KeepAlive(workers + number));
            ThreadPool.QueueUserWorkItem(QueuedWithState, i);
        }

        var collector = new GoroutineProfileCollector();
        Profile profile = null!;
        WaitGraph waits = null!;
        return SpinWait.SpinUntil(
            () =>
            {
                profile = OnOwnThread(collector);
                waits = profile.Waits!;
                return waits.Pool is { IsStarved: true }
                    && waits.TaskWaits.Count(static wait => Is(wait.Task, nameof(YieldAsync)) && wait.Need == TaskNeed.PoolThread) == workers
                    && waits.Queue.Exists(work => Is(work.Method, nameof(QueuedByWorker)) && work.Count == workers)
                    && waits.Queue.Exists(work => Is(work.Method, nameof(YieldAsync)) && work.Count == workers)
                    && waits.Queue.Exists(work => Is(work.Method, nameof(QueuedWithState)) && work.Count == number)
                    && waits.Queue.Exists(work => work.Method.Contains($"{nameof(SnapshotCases)}.{nameof(Pool)}", StringComparison.Ordinal) && work.Count == number);
            },
            TimeSpan.FromSeconds(20))
                ? "ok"
                : $"{waits.MissingTasks}; {waits.Pool}; threads {string.Join(", ", profile.Threads.Select(static thread => $"{thread.Name} {thread.State}"))}; tasks {string.Join(", ", waits.TaskWaits)}; queue {string.Join(", ", waits.Queue)}";
    }

    /// <summary>The state now, where no thread of the pool is free.</summary>
    private static Profile OnOwnThread(GoroutineProfileCollector collector)
    {
        var done = new TaskCompletionSource<Profile>();
        Profile profile = ProfileShape.Counting("goroutine").NewProfile();
        OwnPool.Instance.Run(async () =>
        {
            await collector.FillDetailAsync(profile, CancellationToken.None);
            done.SetResult(profile);
        });
        return done.Task.GetAwaiter().GetResult();
    }

    private static bool Is(string name, string method) => name.EndsWith($".{nameof(SnapshotCases)}.{method}", StringComparison.Ordinal);

    private static void Tick(object? state)
    {
    }

    private static void QueuedByWorker()
    {
    }

    private static void QueuedWithState(object? state)
    {
    }

    private static async Task OuterAsync(Task task) => await InnerAsync(task);

    private static async Task InnerAsync(Task task) => await task;

    private static async Task GiveUpAsync(Task task) => await task;

    private static async Task CanceledAsync(Task task) => await task;

    private static async Task EachAsync(Task task) => await task;

    private static async Task YieldAsync() => await Task.Yield();

    private static async Task NeedAsync(object held)
    {
        await Task.Yield();
        lock (held)
        {
        }
    }

    private static void HoldAndWait(object held)
    {
        lock (held)
        {
            NeedAsync(held).Wait();
        }
    }

    private static string Describe(GoroutineProfileCollector collector) =>
        string.Join("; ", collector.DetailedSnapshot().Waits!.Locks.Select(static contended => $"{contended}, waiters {string.Join(", ", contended.Waiters)}"));

    private static void Take(Lock held)
    {
        lock (held)
        {
        }
    }

    private static Thread Start(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void TakeInOrder(object[] monitors, Lock[] locks, int seed, ref bool isDone)
    {
        var random = new Random(seed);
        while (!Volatile.Read(ref isDone))
        {
            lock (monitors[random.Next(2)])
            {
                lock (locks[random.Next(2)])
                {
                    Thread.Sleep(random.Next(2));
                }
            }
        }
    }

    private static void TakeBoth(object monitor, Lock held, Barrier both)
    {
        lock (monitor)
        {
            both.SignalAndWait();
            lock (held)
            {
            }
        }
    }

    private static void TakeBoth(Lock held, object monitor, Barrier both)
    {
        lock (held)
        {
            both.SignalAndWait();
            lock (monitor)
            {
            }
        }
    }

    private static string Labels()
    {
        using var operations = new LabelledOperations();
        Profile profile = new GoroutineProfileCollector().Snapshot();
        string[] wrong = [.. operations.Expected.Except(LabelledOperations.In(profile))];
        return profile.Gaps.MissingOperations ?? (wrong.Length == 0 ? "ok" : "not found: " + string.Join("; ", wrong));
    }

    private static void Fill()
    {
        for (int i = 0; i < Objects; i++)
        {
            s_kept.Add(new Small(i));
            s_kept.Add(new Pair<Small>());
            if (i % 10 == 0)
            {
                s_kept.Add(new Named[i % 7]);
                s_kept.Add(new Point[i % 5]);
                s_kept.Add(new int[1, 2]);
                s_kept.Add(new INamed[2]);
            }

            if (i % 1_000 == 0)
            {
                s_kept.Add(new Large[50_000]);
            }
        }
    }

    private static string Compare(Profile profile)
    {
        List<NamedSample> samples = NamedSample.Of(profile);
        string[] wrong =
        [
            .. new[]
            {
                Check(nameof(Small), Objects, Objects * 24L),
                Check("Pair<Pprof.Runtime.Tests.NativeAot.SnapshotCases.Small>", Objects, Objects * 32L),
                Check(nameof(Named) + "[]", Objects / 10, null),
                Check(nameof(Point) + "[]", Objects / 10, null),
                Check(nameof(INamed) + "[]", Objects / 10, Objects / 10 * 40L),
                Check(nameof(Large) + "[]", Objects / 1_000, Objects / 1_000 * (24 + (50_000 * 8L))),
            }.Where(static text => text != "ok"),
        ];
        return wrong.Length == 0 ? "ok" : string.Join("; ", wrong);

        string Check(string type, long objects, long? bytes)
        {
            NamedSample[] found = [.. samples.Where(sample => sample.Stack is [{ } only] && only.EndsWith("." + type, StringComparison.Ordinal))];
            long count = found.Sum(static sample => sample.Values[0]);
            long size = found.Sum(static sample => sample.Values[1]);
            return count == objects && (bytes ?? size) == size ? "ok" : $"{type}: {count} of {objects}, {size} of {bytes} bytes";
        }
    }

    private static void Allocate(bool collects, ref bool isDone)
    {
        var random = new Random(3);
        while (!Volatile.Read(ref isDone))
        {
            s_latest = new byte[random.Next(20_000)];
            s_latest = new object[random.Next(200)];
            if (random.Next(50) == 0)
            {
                // What is left of the one lies, as long as it is not cleared, before the other is one: references to objects that
                // begin with references.
                object[] large = new object[20_000];
                Array.Fill(large, Array.Empty<object>().GetType());
                s_latest = large;
                s_latest = GC.AllocateUninitializedArray<byte>(150_000);
            }

            if (collects && random.Next(2_000) == 0)
            {
                GC.Collect(random.Next(3));
            }
        }
    }

    private interface INamed;

    private sealed class Small(int number)
    {
        public int Number { get; } = number;
    }

    private sealed class Pair<T>
    {
        public T? First { get; set; }

        public T? Second { get; set; }
    }

    private sealed class Named : INamed;

    private record struct Point(int X, string? Name);

    private record struct Large(long Value);
}

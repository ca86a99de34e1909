using System.Collections.Concurrent;

namespace Pprof.Workloads;

/// <summary>What makes services hang, each of it for ever.</summary>
internal static class HungWork
{
    private const string Prefix = "--hung=";
    private const string WorkerPrefix = "--hung-worker=";
    private const int Rooms = 12;

    // For each processor.
    private const int BusyThreads = 4;

    private static readonly object s_cart = new Cart();
    private static readonly object s_stock = new Stock();
    private static readonly Lock s_prices = new();
    private static readonly Lock s_taxes = new();
    private static readonly SemaphoreSlim s_door = new(1);
    private static readonly List<Thread> s_started = [];
    private static Timer? s_timer;
    private static NotedOutput? s_output;

    /// <summary>The kind that the command line asks for; null where it asks for none.</summary>
    public static string? KindIn(string[] args) => args.FirstOrDefault(static arg => arg.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..];

    /// <summary>The same of a program without a web server of its own.</summary>
    public static string? KindOfWorkerIn(string[] args) => args.FirstOrDefault(static arg => arg.StartsWith(WorkerPrefix, StringComparison.Ordinal))?[WorkerPrefix.Length..];

    /// <summary>What this kind needs before anybody writes to the console.</summary>
    public static void Prepare(string? kind)
    {
        if (kind == "logging")
        {
            s_output = new NotedOutput(Console.Out, "pprof serves");
            Console.SetOut(s_output);
        }
    }

    /// <summary>Hangs from now on, and says so.</summary>
    public static void Begin(string kind)
    {
        switch (kind)
        {
            case "monitor":
                EnterBoth(then => Enter(s_cart, then), then => Enter(s_stock, then));
                break;
            case "moved":
                EnterBoth(then => Enter(s_cart, then), then => Enter(s_stock, then));
                MoveObjects();
                break;
            case "lock":
                EnterBoth(then => Enter(s_prices, then), then => Enter(s_taxes, then));
                break;
            case "mixed":
                EnterBoth(then => Enter(s_cart, then), then => Enter(s_prices, then));
                break;
            case "result":
                WaitForResults();
                break;
            case "delay":
                WaitForDelays();
                break;
            case "task":
                WaitForTaskInLock();
                break;
            case "context":
                WaitInContext();
                break;
            case "contexts":
                WaitInContext();
                WaitInContext();
                break;
            case "semaphore":
                ForgetSemaphore();
                break;
            case "desk":
                ForgetDesk();
                break;
            case "page":
                HaveOfEach();
                break;
            case "busy":
                KeepProcessorsBusy();
                break;
            case "logging":
                HoldConsole();
                return;
        }

        Console.WriteLine("It hangs.");
    }

    private static void EnterBoth(Action<Action> one, Action<Action> other)
    {
        var first = new Barrier(2);
        Start("first thread", () => one(() => Then(first, () => other(static () => { }))));
        Start("second thread", () => other(() => Then(first, () => one(static () => { }))));
    }

    /// <summary>Moves what threads that wait for good have left on their stacks, which still says where it was.</summary>
    private static void MoveObjects()
    {
        // They have waited for each other before.
        Thread.Sleep(300);
        while (s_started.Exists(static thread => (thread.ThreadState & ThreadState.WaitSleepJoin) == 0))
        {
            Thread.Sleep(10);
        }

        GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
    }

    private static void Then(Barrier barrier, Action action)
    {
        barrier.SignalAndWait();
        action();
    }

    private static void Enter(object monitor, Action then)
    {
        lock (monitor)
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

    /// <summary>More synchronous waits for asynchronous methods than the pool has threads, none of which can go on.</summary>
    private static void WaitForResults()
    {
        for (int i = 0; i < 400; i++)
        {
            ThreadPool.QueueUserWorkItem(static _ => PlaceAsync().GetAwaiter().GetResult());
        }
    }

    /// <summary>The same of methods that a timer goes on with, for which it needs a thread of the pool.</summary>
    private static void WaitForDelays()
    {
        for (int i = 0; i < 400; i++)
        {
            ThreadPool.QueueUserWorkItem(static _ => PayLaterAsync().Wait());
        }
    }

    private static async Task PayLaterAsync()
    {
        await Task.Delay(100);
        await Task.Yield();
    }

    private static async Task<int> PlaceAsync() => await PayAsync() + 1;

    private static async Task<int> PayAsync()
    {
        await Task.Yield();
        return 1;
    }

    /// <summary>A thread that holds a lock and waits for a task that needs it.</summary>
    private static void WaitForTaskInLock() => Start("holder of the cart", static () =>
    {
        lock (s_cart)
        {
            FillAsync().Wait();
        }
    });

    private static async Task FillAsync()
    {
        await Task.Yield();
        lock (s_cart)
        {
        }
    }

    /// <summary>A thread with a context of its own, which waits for an operation that goes on there.</summary>
    private static void WaitInContext() => Start("window", static () => new Window().Run(static () => ShowAsync().GetAwaiter().GetResult()));

    private static async Task<int> ShowAsync() => await LoadAsync() + 1;

    private static async Task<int> LoadAsync()
    {
        await Task.Delay(10);
        return 1;
    }

    private static void ForgetSemaphore()
    {
        for (int i = 0; i < Rooms; i++)
        {
            _ = EnterDoorAsync();
        }
    }

    /// <summary>Something of each that a page shows, and nothing that comes and goes.</summary>
    private static void HaveOfEach()
    {
        using (PprofLabels.Push("tenant", "acme"))
        {
            EnterBoth(static then => Enter(s_cart, then), static then => Enter(s_prices, then));
        }

        Start("third thread", static () => Enter(s_cart, static () => { }));
        for (int i = 0; i < 3; i++)
        {
            _ = OrderAsync();
        }

        _ = OrderAllAsync();
        ForgetSemaphore();
        s_timer = new Timer(static _ => Expire(), null, TimeSpan.FromHours(10), TimeSpan.FromHours(20));
    }

    private static void Expire()
    {
    }

    private static async Task OrderAsync() => await BillAsync();

    private static async Task OrderAllAsync() => await Task.WhenAll(BillAsync(), BillAsync());

    private static async Task BillAsync() => await Task.Delay(TimeSpan.FromHours(10));

    private static void ForgetDesk()
    {
        s_door.Wait();
        Start("waits", EnterDoor);
        Start("waits", EnterDoor);
    }

    private static void EnterDoor() => s_door.Wait();

    private static async Task EnterDoorAsync() => await s_door.WaitAsync();

    private static void KeepProcessorsBusy()
    {
        for (int i = 0; i < BusyThreads * Environment.ProcessorCount; i++)
        {
            Start("busy", static () =>
            {
                while (true)
                {
                    Thread.SpinWait(1000);
                }
            });
        }
    }

    /// <summary>A thread that holds what everybody needs who writes to the console.</summary>
    private static void HoldConsole() => Start("holds console", static () =>
    {
        // The test has to hear where it serves.
        s_output!.IsOut.Wait();
        lock (Console.Out)
        {
            Console.WriteLine("It hangs.");
            Thread.Sleep(Timeout.Infinite);
        }
    });

    private static void Start(string name, Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true, Name = name };
        thread.Start();
        s_started.Add(thread);
    }

    /// <summary>Calls on one thread all that is posted to it.</summary>
    private sealed class Window : SynchronizationContext
    {
        private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _posted = [];

        public override void Post(SendOrPostCallback d, object? state) => _posted.Add((d, state));

        public void Run(Action first)
        {
            SetSynchronizationContext(this);
            first();
            foreach ((SendOrPostCallback callback, object? state) in _posted.GetConsumingEnumerable())
                callback(state);
        }
    }

    private sealed class Cart;

    private sealed class Stock;
}

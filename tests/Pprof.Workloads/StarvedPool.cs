namespace Pprof.Workloads;

/// <summary>A thread pool whose threads all sleep, with more of the same before whatever else comes.</summary>
internal static partial class StarvedPool
{
    /// <summary>Work items that sleep; the pool gets a new thread for one or two of them a second.</summary>
    private const int Items = 400;

    private static readonly TimeSpan s_sleep = TimeSpan.FromMinutes(10);

    [PprofProfile("sleepers", Description = "Work items that sleep.")]
    private static partial CustomProfile Sleepers { get; }

    /// <summary>Has all threads of the pool sleep from now on, and says so.</summary>
    public static void Begin()
    {
        for (int i = 0; i < Items; i++)
        {
            ThreadPool.QueueUserWorkItem(static _ => Sleep());
        }

        Console.WriteLine("The thread pool sleeps.");
    }

    /// <summary>A program without a web server of its own.</summary>
    public static void RunWorker(string[] args, Action begin)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(args);
        IHost host = builder.Build();
        host.Start();
        begin();
        Thread.Sleep(Timeout.Infinite);
    }

    private static void Sleep()
    {
        object sleeper = new();
        Sleepers.Add(sleeper);
        Thread.Sleep(s_sleep);
        Sleepers.Remove(sleeper);
    }
}

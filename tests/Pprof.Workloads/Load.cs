namespace Pprof.Workloads;

/// <summary>A workload that runs until it is stopped.</summary>
internal sealed class Load
{
    private readonly List<Thread> _threads = [];
    private volatile bool _stop;

    private Load()
    {
    }

    /// <summary>Starts <paramref name="threads"/> threads that do nothing but one workload.</summary>
    public static Load Start(string workload, int threads)
    {
        Action[] bodies = workload == "fault-kinds" ? FaultWork.Kinds : [BodyOf(workload)];
        Section.Clear();
        var load = new Load();
        for (int i = 0; i < threads; i++)
        {
            Action body = bodies[i % bodies.Length];
            var thread = new Thread(() => load.Run(body)) { IsBackground = true, Name = workload };
            load._threads.Add(thread);
            thread.Start();
        }

        return load;
    }

    /// <summary>Stops and waits for all threads.</summary>
    public void Stop()
    {
        _stop = true;
        foreach (Thread thread in _threads)
            thread.Join();
    }

    private static Action BodyOf(string workload) => workload switch
    {
        "split" => CpuWork.Split,
        "wrapper" => CpuWork.Wrapped,
        "libm" => CpuWork.Libm,
        "native" => NativeWork.CallLibc,
        "system" => NativeWork.CallKernel,
        "short" => ShortThreads.RunOne,
        "deep" => CpuWork.Deep,
        "blocked" => BlockedWork.RunOne,
        "crowd" => CrowdWork.RunOne,
        "idle" => static () => Thread.Sleep(100),
        "labels" => LabelWork.RunOne,
        "routes" => RouteWork.RunOne,
        "held" => RouteWork.HoldOne,
        "faults" => FaultWork.RunOne,
        "wall" => WallWork.RunOne,
        "locks" => LockWork.RunOne,
        "everyday" => EverydayWork.RunOne,
        "library" => LibraryWork.RunOne,
        "soak" => Soak.RunOne,
        _ => throw new ArgumentException($"no workload {workload}", nameof(workload)),
    };

    private void Run(Action body)
    {
        while (!_stop)
            body();
    }
}

using Pprof;
using Pprof.Bench;

// The services under test are this same program, started again.
[assembly: EnablePprof]

return args switch
{
    ["web", .. string[] rest] => await WebBenchmark.RunAsync(Settings.Parse(rest)),
    ["sampled", .. string[] rest] => await WebBenchmark.RunSampledAsync(Settings.Parse(rest)),
    ["labelled", .. string[] rest] => await SwitchedBenchmark.RunAsync(SwitchedOption.Labels, Settings.Parse(rest, new Settings(Rounds: 30, Seconds: 1))),
    ["labelled-shop", .. string[] rest] => await SwitchedBenchmark.RunShopAsync(SwitchedOption.Labels, Settings.Parse(rest, new Settings(Rounds: 30, Seconds: 1))),
    ["labelled-request", .. string[] rest] => await RequestLabelBenchmark.RunAsync(Settings.Parse(rest)),
    ["dotnet-trace", .. string[] rest] => await WebBenchmark.RunBesideDotnetTraceAsync(Settings.Parse(rest)),
    ["trace", .. string[] rest] => await WebBenchmark.RunTracedAsync(Settings.Parse(rest)),
    ["wall", .. string[] rest] => await WebBenchmark.RunWallAsync(Settings.Parse(rest)),
    ["trace-shop", .. string[] rest] => await WebBenchmark.RunTracedShopAsync(Settings.Parse(rest)),
    ["cpu", .. string[] rest] => await CpuBenchmark.RunAsync(Settings.Parse(rest)),
    ["locks", .. string[] rest] => await LockBenchmark.RunAsync(Settings.Parse(rest)),
    ["heap", .. string[] rest] => await HeapBenchmark.RunAsync(Settings.Parse(rest, new Settings(Rounds: 60))),
    ["heap-json", .. string[] rest] => await SwitchedBenchmark.RunAsync(SwitchedOption.Memory, Settings.Parse(rest, new Settings(Rounds: 30, Seconds: 1))),
    ["heap-shop", .. string[] rest] => await SwitchedBenchmark.RunShopAsync(SwitchedOption.Memory, Settings.Parse(rest, new Settings(Rounds: 30, Seconds: 1))),
    ["heap-events", .. string[] rest] => await AllocationEventBenchmark.RunAsync(Settings.Parse(rest, new Settings(Rounds: 20))),
    ["snapshot", .. string[] rest] => await SnapshotBenchmark.RunAsync(Settings.Parse(rest, new Settings(Rounds: 3, Seconds: 2))),
    ["labels", .. string[] rest] => await LabelBenchmark.RunAsync(Settings.Parse(rest)),
    ["trace-calls", .. string[] rest] => await TraceCallBenchmark.RunAsync(Settings.Parse(rest)),
    ["scrape", .. string[] rest] => await ScrapeBenchmark.RunAsync(Settings.Parse(rest)),
    ["startup", .. string[] rest] => await StartupBenchmark.RunAsync(Settings.Parse(rest, new Settings(Rounds: 15))),
    ["serve-json", .. string[] rest] => JsonService.Run(rest),
    ["serve-spin", string idle, .. string[] rest] => SpinService.Run(int.Parse(idle), rest),
    ["serve-locks", string contention, .. string[] rest] => LockService.Run(contention == "contended", rest),
    ["serve-heap", string workload, .. string[] rest] => HeapService.Run(workload, rest),
    ["serve-snapshot", string megabytes, .. string[] rest] => SnapshotService.Run(int.Parse(megabytes), rest),
    ["serve-stacks", .. string[] rest] => ScrapeService.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine(
        """
        dotnet run -c Release --project bench/Pprof.Bench -- <benchmark> [rounds=5] [seconds=5] [hz=100] [content=]

          web     requests per second of a JSON service at full load
          sampled the same with a CPU profile of the runtime's own sampling, as where there are no timers
          labelled requests per CPU second of a JSON service with requests labelled and no profile; needs wrk (rounds=30 seconds=1)
          labelled-shop the same of samples/WebApi
          labelled-request the nanoseconds that a request takes to be labelled
          dotnet-trace the same with that tool collecting; needs it on the PATH, and wrk
          wall    the same with a wall-clock profile, beside 100 threads that wait
          trace   the same with a trace under way (content=)
          trace-shop the same of samples/WebApi
          cpu     throughput of busy threads beside 20 and beside 200 idle ones
          locks   throughput of threads that take locks, with the mutex and block profiles at full rate
          heap    CPU time of threads that allocate, of collections and of the package, with allocations sampled (rounds=60, content=cache-50, cache-400, burst-2000 or burst)
          heap-json requests per CPU second of a JSON service with allocations sampled; needs wrk (rounds=30 seconds=1)
          heap-shop the same of samples/WebApi
          heap-events CPU time of a thread that allocates, with the runtime's events and with samples (rounds=20)
          snapshot for how long a heap of 0.25, 1 and 4 GB is stopped by a copy, and what first writes cost then (rounds=3 seconds=2)
          labels  throughput of asynchronous work with a label
          trace-calls throughput of work that says to a trace what it does, while there is none
          scrape  CPU time of the service for each scrape of 5,000 samples
          startup time to a service's first answer, its memory and size (rounds=15, content=JIT or NativeAOT)

        Each prints the figure with it in proportion to that without, measured in turns.
        """);
    return 2;
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Pprof;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Workloads;

[assembly: EnablePprof]

if (Array.IndexOf(args, "--handler") is >= 0 and var handler)
    SignalHandler.CodeOverride = File.ReadAllBytes(args[handler + 1]);

if (args.Contains("--no-timers=1"))
    SignalCpuSource.RefusalOverride = "this program has switched its timers off";

// Another profiler in the process.
using PosixSignalRegistration? owner = args.Contains("--own-sigprof")
    ? PosixSignalRegistration.Create((PosixSignal)SignalHandler.Signal, static context => context.Cancel = true)
    : null;

if (args.Contains("--starved-worker"))
{
    StarvedPool.RunWorker(args, StarvedPool.Begin);
    return;
}

if (HungWork.KindOfWorkerIn(args) is { } hungWorker)
{
    StarvedPool.RunWorker(args, () => HungWork.Begin(hungWorker));
    return;
}

HungWork.Prepare(HungWork.KindIn(args));
WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
// The tests wait for the lines that say where it listens.
builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information).AddFilter("Pprof", LogLevel.Information);
WebApplication app = builder.Build();
Load? load = null;

app.MapGet("/start", context =>
{
    load?.Stop();
    int threads = int.Parse(context.Request.Query["threads"].ToString(), CultureInfo.InvariantCulture);
    load = Load.Start(context.Request.Query["workload"].ToString(), threads);
    return Task.CompletedTask;
});

app.MapGet("/stop", _ =>
{
    load?.Stop();
    load = null;
    return Task.CompletedTask;
});

// What was really used, in nanoseconds: a line for each section that the running workload times, for the time that passed,
// and for the process.
app.MapGet("/truth", context =>
{
    var text = new StringBuilder();
    foreach ((string section, long nanoseconds) in Section.Totals)
        text.Append(CultureInfo.InvariantCulture, $"{section} {nanoseconds}\n");

    text.Append(CultureInfo.InvariantCulture, $"clock {Stopwatch.GetElapsedTime(0).TotalNanoseconds:F0}\n");
    text.Append(CultureInfo.InvariantCulture, $"process {Environment.CpuUsage.TotalTime.TotalNanoseconds:F0}\n");
    return context.Response.WriteAsync(text.ToString());
});

app.MapGet("/library", context =>
{
    LibraryWork.Load(context.Request.Query["path"].ToString());
    return Task.CompletedTask;
});

RouteWork.MapTo(app);

app.MapGet("/schedule", static async context => await context.Response.WriteAsync(await Schedule.RunAsync(new Uri($"http://{context.Request.Host}/pause"))));

app.MapGet("/pause", static _ => Schedule.PauseAsync());

app.MapGet("/starve", static context => context.Response.WriteAsync(Schedule.Starve()));

// What a profile could leave behind.
app.MapGet("/remains", context =>
{
    int timers = File.ReadLines("/proc/self/timers").Count(static line => line.StartsWith("ID:", StringComparison.Ordinal));
    string[] threads = Directory.GetDirectories("/proc/self/task");
    int profilers = threads.Count(static thread => NameOf(thread).StartsWith("pprof CPU", StringComparison.Ordinal));
    int mappings = File.ReadLines("/proc/self/maps").Count();
    string kilobytes = File.ReadLines("/proc/self/status").First(static line => line.StartsWith("VmSize:", StringComparison.Ordinal)).Split(' ', '\t')[^2];
    int descriptors = Directory.GetFiles("/proc/self/fd").Length;
    return context.Response.WriteAsync(string.Create(
        CultureInfo.InvariantCulture, $"timers {timers}\nprofilers {profilers}\nthreads {threads.Length}\nmappings {mappings}\ndescriptors {descriptors}\nmegabytes {long.Parse(kilobytes, CultureInfo.InvariantCulture) / 1024}\n"));
});

// Threads that do nothing, one after the other.
app.MapGet("/threads", context =>
{
    for (int left = int.Parse(context.Request.Query["count"].ToString(), CultureInfo.InvariantCulture); left > 0; left--)
    {
        var thread = new Thread(static () => { });
        thread.Start();
        thread.Join();
    }

    return Task.CompletedTask;
});

// How often a thread has waited for a lock.
app.MapGet("/contentions", context => context.Response.WriteAsync(Monitor.LockContentionCount.ToString(CultureInfo.InvariantCulture)));

// Bytes that native code has allocated and not freed, without those that a collection frees.
app.MapGet("/native-memory", context =>
{
    GC.Collect();
    GC.WaitForPendingFinalizers();
    GC.Collect();
    return context.Response.WriteAsync(MallocMemory.Allocated().ToString(CultureInfo.InvariantCulture));
});

// How many milliseconds a collection takes, stopping all threads included.
app.MapGet("/collect", context =>
{
    long start = Stopwatch.GetTimestamp();
    GC.Collect();
    return context.Response.WriteAsync(Stopwatch.GetElapsedTime(start).TotalMilliseconds.ToString("F1", CultureInfo.InvariantCulture));
});

// What has kept a thread from waking in time.
app.MapGet("/pauses", static context => context.Response.WriteAsync(PauseWatch.Describe()));

app.MapGet("/limit", context =>
{
    ResourceLimit.Set(int.Parse(context.Request.Query["resource"].ToString(), CultureInfo.InvariantCulture), 1);
    return Task.CompletedTask;
});

// Sets one of the options, as a change of the configuration does.
app.MapGet("/configure", context =>
{
    app.Configuration[$"Pprof:{context.Request.Query["option"]}"] = context.Request.Query["value"];
    ((IConfigurationRoot)app.Configuration).Reload();
    return Task.CompletedTask;
});

app.MapGet("/allocated", context => context.Response.WriteAsync(GC.GetTotalAllocatedBytes().ToString(CultureInfo.InvariantCulture)));

app.MapGet("/errors", context => context.Response.WriteAsync(string.Join('\n', Soak.Errors)));

if (args.Contains("--starved"))
    app.Lifetime.ApplicationStarted.Register(StarvedPool.Begin);

if (HungWork.KindIn(args) is { } hung)
    app.Lifetime.ApplicationStarted.Register(() => HungWork.Begin(hung));

app.Run();

static string NameOf(string thread)
{
    try
    {
        return File.ReadAllText(thread + "/comm");
    }
    catch (IOException)
    {
        // It has ended since it was listed.
        return "";
    }
}

using System.Globalization;
using System.Text;
using Pprof;
using Pprof.Workloads;

[assembly: EnablePprof]

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
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

// What was really used, in nanoseconds: a line for each section that the running workload times, and for the process.
app.MapGet("/truth", context =>
{
    var text = new StringBuilder();
    foreach ((string section, long nanoseconds) in Section.Totals)
        text.Append(CultureInfo.InvariantCulture, $"{section} {nanoseconds}\n");

    text.Append(CultureInfo.InvariantCulture, $"process {Environment.CpuUsage.TotalTime.TotalNanoseconds:F0}\n");
    return context.Response.WriteAsync(text.ToString());
});

// What a profile could leave behind.
app.MapGet("/remains", context =>
{
    int timers = File.ReadLines("/proc/self/timers").Count(static line => line.StartsWith("ID:", StringComparison.Ordinal));
    int threads = Directory.GetDirectories("/proc/self/task").Length;
    int mappings = File.ReadLines("/proc/self/maps").Count();
    int descriptors = Directory.GetFiles("/proc/self/fd").Length;
    return context.Response.WriteAsync(string.Create(
        CultureInfo.InvariantCulture, $"timers {timers}\nthreads {threads}\nmappings {mappings}\ndescriptors {descriptors}\n"));
});

app.MapGet("/errors", context => context.Response.WriteAsync(string.Join('\n', Soak.Errors)));

app.Run();

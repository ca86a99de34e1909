using Pprof.Sources.CpuTime.Signals;

namespace Pprof.Bench;

/// <summary>A service with nothing to do but to answer.</summary>
internal static class JsonService
{
    /// <summary>The argument that has the runtime's own sampling make CPU profiles.</summary>
    public const string WithoutTimers = "--no-timers=1";

    /// <summary>The argument that has threads wait beside those that answer.</summary>
    public const string WithWaitingThreads = "--waiting-threads=1";

    /// <summary>How many these are.</summary>
    public const int WaitingThreads = 100;

    // Half of them wait for ever, half come back so often.
    private static readonly TimeSpan s_nap = TimeSpan.FromMilliseconds(50);

    public static int Run(string[] arguments)
    {
        if (arguments.Contains(WithoutTimers))
        {
            SignalCpuSource.RefusalOverride = "this program has switched its timers off";
        }

        if (arguments.Contains(WithWaitingThreads))
        {
            for (int i = 0; i < WaitingThreads; i++)
                StartWaiting(i % 2 == 0 ? Timeout.InfiniteTimeSpan : s_nap);
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();
        app.MapGet("/json", () => new { message = "Hello, World!" });

        // As a change of the configuration does.
        app.MapGet("/option", (string name, string value) =>
        {
            app.Configuration["Pprof:" + name] = value;
            ((IConfigurationRoot)app.Configuration).Reload();
        });
        app.Run();
        return 0;
    }

    private static void StartWaiting(TimeSpan nap) => new Thread(() =>
    {
        while (true)
            Thread.Sleep(nap);
    })
    {
        IsBackground = true,
        Name = "Waiting",
    }.Start();
}

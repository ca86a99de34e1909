using Pprof.Sources.CpuTime.Signals;

namespace Pprof.Bench;

/// <summary>A service with nothing to do but to answer.</summary>
internal static class JsonService
{
    /// <summary>The argument that has the runtime's own sampling make CPU profiles.</summary>
    public const string WithoutTimers = "--no-timers=1";

    public static int Run(string[] arguments)
    {
        if (arguments.Contains(WithoutTimers))
        {
            SignalCpuSource.RefusalOverride = "this program has switched its timers off";
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();
        app.MapGet("/json", () => new { message = "Hello, World!" });
        app.Run();
        return 0;
    }
}

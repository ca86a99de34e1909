namespace Pprof.Bench;

/// <summary>A service with nothing to do but to answer.</summary>
internal static class JsonService
{
    public static int Run(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();
        app.MapGet("/json", () => new { message = "Hello, World!" });
        app.Run();
        return 0;
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pprof.Bench;

/// <summary>A service that has allocated on thousands of stacks and does nothing more, and tells what it has used.</summary>
internal static class ScrapeService
{
    /// <summary>The stacks, each of which is a sample or two of the profile.</summary>
    public const int Stacks = 5_000;

    private const int Depth = 20;
    private const int ObjectBytes = 400_000;

    public static int Run(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        WebApplication app = builder.Build();
        app.MapGet("/allocate", static () =>
        {
            // As fine as it can be: of an object of this size nearly each is sampled.
            PprofRuntime.SetMemoryProfileRate(1);
            for (int stack = 0; stack < Stacks; stack++)
            {
                GC.KeepAlive(Left(stack, Depth));

                // Past so many bytes and samples a second only slices of the time are sampled.
                if (stack % 10 == 0)
                    Thread.Sleep(20);
            }

            PprofRuntime.SetMemoryProfileRate(PprofOptions.DefaultMemoryProfileRate);
        });
        app.MapGet("/used", static () => string.Create(
            CultureInfo.InvariantCulture, $"{Environment.CpuUsage.TotalTime.TotalMilliseconds} {GC.GetTotalAllocatedBytes(precise: true)}"));
        app.Run();
        return 0;
    }

    // Which of the two methods calls which is the path, a bit for each frame.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object Left(int path, int depth)
    {
        object made = depth == 0 ? new byte[ObjectBytes] : (path & 1) == 0 ? Left(path >> 1, depth - 1) : Right(path >> 1, depth - 1);
        GC.KeepAlive(made);
        return made;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static object Right(int path, int depth)
    {
        object made = depth == 0 ? new byte[ObjectBytes] : (path & 1) == 0 ? Left(path >> 1, depth - 1) : Right(path >> 1, depth - 1);
        GC.KeepAlive(made);
        return made;
    }
}

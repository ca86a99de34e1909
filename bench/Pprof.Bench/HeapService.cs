using System.Diagnostics;
using System.Globalization;

namespace Pprof.Bench;

/// <summary>
/// Threads that allocate, a count of how much they did, and the CPU time of the process by its threads. <c>cache-50</c> and
/// <c>cache-400</c>: a large table whose entries are replaced at random, at so many megabytes a second. <c>burst-2000</c>:
/// everything dies. <c>burst</c>: the same, as fast as can be.
/// </summary>
internal static class HeapService
{
    /// <summary>The rate of the measurements with: the default.</summary>
    public const long Rate = PprofOptions.DefaultMemoryProfileRate;

    /// <summary>Bytes that are allocated at a time.</summary>
    public const int EntryBytes = 1000;

    /// <summary>The name of the threads that allocate.</summary>
    public const string ThreadName = "Allocations";

    public static readonly string[] Workloads = ["cache-50", "cache-400", "burst-2000", "burst"];

    private const string ProfileKey = $"{PprofOptions.SectionName}:{nameof(PprofOptions.MemoryProfile)}";
    private const int Entries = 50_000;
    private const int Threads = 2;

    // Work that is done before a thread looks at the clock.
    private const int Batch = 200;

    private static readonly long[] s_counts = new long[(Threads + 1) * 16];

    public static int Run(string workload, string[] arguments)
    {
        long perSecond = workload switch
        {
            "cache-50" => 50_000_000,
            "cache-400" => 400_000_000,
            "burst-2000" => 2_000_000_000,
            "burst" => long.MaxValue,
            _ => throw new ArgumentException($"There is no workload {workload}.", nameof(workload)),
        };
        bool isCache = workload.StartsWith("cache", StringComparison.Ordinal);
        for (int i = 0; i < Threads; i++)
        {
            int slot = (i + 1) * 16;
            new Thread(() => Allocate(perSecond / Threads, isCache, ref s_counts[slot])) { IsBackground = true, Name = ThreadName }.Start();
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        builder.Configuration[ProfileKey] = nameof(MemoryProfile.Off);
        WebApplication app = builder.Build();
        app.MapGet("/clocks", static () => string.Join(' ', [s_counts.Sum(), .. ThreadClocks.Read()]));
        app.MapGet("/profile", (MemoryProfile value) =>
        {
            app.Configuration[ProfileKey] = value.ToString();
            ((IConfigurationRoot)app.Configuration).Reload();
        });
        long start = Stopwatch.GetTimestamp();
        app.MapGet("/allocated", () => string.Create(
            CultureInfo.InvariantCulture,
            $"{GC.GetTotalAllocatedBytes() / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6:N0} MB allocated per second, {GC.CollectionCount(0)} collections"));
        app.Run();
        return 0;
    }

    private static void Allocate(long bytesPerSecond, bool isCache, ref long count)
    {
        byte[]?[] table = new byte[Entries][];
        var random = new Random(7);
        long start = Stopwatch.GetTimestamp();
        long bytes = 0;
        while (true)
        {
            for (int i = 0; i < Batch; i++)
            {
                byte[] entry = new byte[EntryBytes - 24];
                if (isCache)
                    table[random.Next(Entries)] = entry;
            }

            bytes += Batch * EntryBytes;
            Volatile.Write(ref count, count + Batch);
            double due = (double)bytes / bytesPerSecond;
            if (due - Stopwatch.GetElapsedTime(start).TotalSeconds > 0.005)
                Thread.Sleep(5);
        }
    }
}

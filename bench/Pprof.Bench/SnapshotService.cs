using System.Diagnostics;
using System.Globalization;

namespace Pprof.Bench;

/// <summary>
/// So many megabytes of live objects, a thread that writes to one of them after the other at random, and one that notices for
/// how long no thread ran.
/// </summary>
internal static class SnapshotService
{
    private const int ObjectBytes = 1000;

    // Writes before the thread counts them.
    private const int Batch = 100;

    private static long s_writes;
    private static long s_longest;

    public static int Run(int megabytes, string[] arguments)
    {
        byte[][] objects = new byte[(int)((long)megabytes * 1_000_000 / ObjectBytes)][];
        for (int i = 0; i < objects.Length; i++)
            objects[i] = new byte[ObjectBytes - 24];

        // Where they stay.
        GC.Collect();
        new Thread(() => Write(objects)) { IsBackground = true, Name = "Writes" }.Start();
        new Thread(Watch) { IsBackground = true, Name = "Clock" }.Start();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(arguments);
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        builder.Configuration[$"{PprofOptions.SectionName}:{nameof(PprofOptions.SnapshotResidentLimit)}"] = $"{1L << 40}";
        WebApplication app = builder.Build();
        app.MapGet("/state", static () => string.Create(
            CultureInfo.InvariantCulture,
            $"{Stopwatch.GetTimestamp()} {Volatile.Read(ref s_writes)} {Faults()} {Interlocked.Exchange(ref s_longest, 0)} {Environment.WorkingSet}"));
        app.Run();
        return 0;
    }

    private static void Write(byte[][] objects)
    {
        var random = new Random(3);
        while (true)
        {
            for (int i = 0; i < Batch; i++)
                objects[random.Next(objects.Length)][0]++;

            Volatile.Write(ref s_writes, s_writes + Batch);
        }
    }

    private static void Watch()
    {
        for (long before = Stopwatch.GetTimestamp(); ;)
        {
            Thread.Sleep(1);
            long now = Stopwatch.GetTimestamp();
            if (now - before > Volatile.Read(ref s_longest))
                Volatile.Write(ref s_longest, now - before);

            before = now;
        }
    }

    // Of the process, without those that read from a disk: proc_pid_stat(5), the tenth field, counted from behind the name.
    private static long Faults()
    {
        string stat = File.ReadAllText("/proc/self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}

using System.Globalization;

namespace Pprof.Bench;

/// <summary>The CPU time of this process by what its threads do, in nanoseconds, as the kernel counts it (<c>/proc/PID/task/TID/schedstat</c>).</summary>
internal static class ThreadClocks
{
    /// <summary>Whose time <see cref="Read"/> tells: threads that allocate, those of the collector, those of the package, all others.</summary>
    public static readonly string[] Parts = ["threads that allocate", "collections", "the package's threads", "all others"];

    public static long[] Read()
    {
        long[] clocks = new long[Parts.Length];
        foreach (string thread in Directory.GetDirectories("/proc/self/task"))
        {
            try
            {
                string name = File.ReadAllText(thread + "/comm").TrimEnd();
                int part = name == HeapService.ThreadName ? 0
                    : name.StartsWith(".NET Server GC", StringComparison.Ordinal) || name.StartsWith(".NET BGC", StringComparison.Ordinal) ? 1
                    : name.StartsWith("pprof", StringComparison.Ordinal) ? 2
                    : 3;
                clocks[part] += long.Parse(File.ReadAllText(thread + "/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }

        return clocks;
    }
}

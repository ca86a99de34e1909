using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>Threads that use 4 ms of CPU time and end.</summary>
internal static class ShortThreads
{
    private const long LifeNanoseconds = 4_000_000;

    private static int s_sink;

    /// <summary>Starts one thread and waits for its end.</summary>
    public static void RunOne()
    {
        var thread = new Thread(Live);
        thread.Start();
        thread.Join();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Live()
    {
        long start = Section.Now();
        int mixed = 1;
        while (Section.Now() - start < LifeNanoseconds)
        {
            for (int i = 0; i < 10_000; i++)
                mixed += i ^ (mixed << 1);
        }

        s_sink += mixed;
        Section.Add(nameof(Live), start);
    }
}

using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>One thread in a loop that calls nothing, so that only a signal stops it for a collection; all others sleep.</summary>
internal static class CrowdWork
{
    private static int s_spinner;
    private static int s_sink;

    public static void RunOne()
    {
        int id = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref s_spinner, id, 0) is int first && first != 0 && first != id)
            Thread.Sleep(100);
        else
            s_sink = Spin(1_000_000_000);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static int Spin(int rounds)
    {
        int sum = 0;
        for (int i = 0; i < rounds; i++)
            sum += i ^ (sum >> 3);

        return sum;
    }
}

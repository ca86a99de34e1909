using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>
/// The same method under different labels, on whatever thread of the pool comes next: nothing but the labels tells the
/// parts apart. A section bears the name of the label's value.
/// </summary>
internal static class LabelWork
{
    private static int s_sink;

    // Random lengths, as in CpuWork.
    private static int Times => Random.Shared.Next(10, 51);

    /// <summary>Six, three and one part of the work, the last without a label.</summary>
    public static void RunOne() => RunAsync().GetAwaiter().GetResult();

    private static async Task RunAsync()
    {
        using (PprofLabels.Push("part", "six"))
            await RunAsync("six", 6);

        using (PprofLabels.Push(("part", "hidden"), ("kind", "outer")))
        {
            using (PprofLabels.Push("part", "three"))
                await RunAsync("three", 3);
        }

        await RunAsync("one", 1);
    }

    private static async Task RunAsync(string section, int parts)
    {
        await Task.Yield();
        long at = Section.Now();
        for (int i = parts * Times; i > 0; i--)
            Work();

        Section.Add(section, at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Work()
    {
        int mixed = 1;
        for (int i = 0; i < 300_000; i++)
            mixed += i ^ (mixed << 1);

        s_sink = mixed;
    }
}

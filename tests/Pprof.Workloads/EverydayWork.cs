namespace Pprof.Workloads;

/// <summary>What services do all day: they allocate, take a lock that others want too, and await.</summary>
internal static class EverydayWork
{
    private static readonly object s_gate = new();

    /// <summary>A little of each.</summary>
    public static void RunOne()
    {
        MemorySoak.ReplaceEntries();
        lock (s_gate)
            Thread.SpinWait(2_000);

        PlaceAsync().Wait();
    }

    private static async Task PlaceAsync() => await PayAsync();

    private static async Task PayAsync() => await Task.Delay(1);
}

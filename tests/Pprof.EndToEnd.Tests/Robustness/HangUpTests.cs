using System.Net;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>Clients that hang up in the middle of a profile.</summary>
[Collection(nameof(Workloads))]
public sealed class HangUpTests(Workloads workloads)
{
    private const int AtOnce = 4;

    private static readonly int s_hangUps = Repetitions.Of(few: 150, many: 1000);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task ManyHangUpsLeaveNothingBehind(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("split", 2);
        await HangUpAsync(workload.Client, 50);
        IReadOnlyDictionary<string, long> before = await SettledAsync(workload);

        await HangUpAsync(workload.Client, s_hangUps);

        IReadOnlyDictionary<string, long> after = await SettledAsync(workload);
        await workload.StopAsync();
        Assert.Equal(0, after["timers"]);
        // The pool, the garbage collector and the heaps of the process come and go by a few; a leak would be as many as there were clients.
        Assert.InRange(after["threads"], 0, before["threads"] + 20);
        Assert.InRange(after["descriptors"], 0, before["descriptors"] + 20);
        Assert.InRange(after["mappings"], 0, before["mappings"] + 100);
        // Each profile had a buffer of 32 MB and more, and the kernel makes one mapping of those that lie side by side.
        Assert.InRange(after["megabytes"], 0, before["megabytes"] + 2_000);
        Assert.NotEmpty(await workload.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1"));
    }

    private static async Task HangUpAsync(HttpClient client, int times) => await Parallel.ForAsync(
        0, times, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (_, _) =>
        {
            while (await IsRefusedAsync(client))
                await Task.Delay(5);
        });

    /// <summary>
    /// Hangs up a moment after the request was sent. True where it was refused because so many before it have not ended yet.
    /// </summary>
    private static async Task<bool> IsRefusedAsync(HttpClient client)
    {
        using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 40)));
        try
        {
            using HttpResponseMessage response = await client.GetAsync("/debug/pprof/profile?seconds=30&hz=1000", hangUp.Token);
            Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What is there once the last profile has noticed that nobody waits for it.</summary>
    private static async Task<IReadOnlyDictionary<string, long>> SettledAsync(Workload workload)
    {
        IReadOnlyDictionary<string, long> remains;
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        do
        {
            await Task.Delay(100, patience.Token);
            remains = await workload.AskAsync("/remains");
        }
        while (remains["timers"] > 0 || remains["profilers"] > 0);

        return remains;
    }
}

using System.Diagnostics;
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

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);
    private static readonly int s_hangUps = Repetitions.Of(few: 150, many: 1000);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task ManyHangUpsLeaveNothingBehind(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("split", 2);
        await HangUpAsync(workload.Client, 50);
        IReadOnlyDictionary<string, long> before = await SettledAsync(workload, static _ => true);

        await HangUpAsync(workload.Client, s_hangUps);

        // The pool, the garbage collector and the heaps of the process come and go by a few, and the server notices one by one that
        // clients have gone; a leak would be as many as there were clients, and stay. Each profile had a buffer of 32 MB and more,
        // and the kernel makes one mapping of those that lie side by side.
        (string Name, long Limit)[] limits =
        [
            ("threads", before["threads"] + 20),
            ("descriptors", before["descriptors"] + 20),
            ("mappings", before["mappings"] + 100),
            ("megabytes", before["megabytes"] + 2_000),
        ];
        IReadOnlyDictionary<string, long> after = await SettledAsync(workload, remains => Array.TrueForAll(limits, limit => remains[limit.Name] <= limit.Limit));
        await workload.StopAsync();
        Assert.All(limits, limit => Assert.InRange(after[limit.Name], 0, limit.Limit));
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

    /// <summary>What is there once the last profile has noticed that nobody waits for it, and all is as it is to be or a minute is over.</summary>
    private static async Task<IReadOnlyDictionary<string, long>> SettledAsync(Workload workload, Func<IReadOnlyDictionary<string, long>, bool> isAsExpected)
    {
        IReadOnlyDictionary<string, long> remains;
        var waited = Stopwatch.StartNew();
        do
        {
            await Task.Delay(100);
            remains = await workload.AskAsync("/remains");
        }
        while ((remains["timers"] > 0 || remains["profilers"] > 0 || !isAsExpected(remains)) && waited.Elapsed < s_patience);

        Assert.Equal((0, 0), (remains["timers"], remains["profilers"]));
        return remains;
    }
}

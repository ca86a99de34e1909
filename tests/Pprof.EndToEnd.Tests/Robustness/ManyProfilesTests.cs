using System.Net;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>More CPU profiles at one time than are served.</summary>
[Collection(nameof(Workloads))]
public sealed class ManyProfilesTests(Workloads workloads)
{
    private const int MostAtOneTime = 8;

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task PastTheBoundTheAnswerIsGos()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        using var end = new CancellationTokenSource();
        Task<HttpResponseMessage>[] running = [.. Enumerable.Range(0, MostAtOneTime)
            .Select(_ => workload.Client.GetAsync("/debug/pprof/profile?seconds=60", end.Token))];
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await workload.AskAsync("/remains"))["profilers"] < MostAtOneTime)
            await Task.Delay(20, patience.Token);

        HttpResponseMessage response = await workload.Client.GetAsync("/debug/pprof/profile?seconds=1");

        await end.CancelAsync();
        Assert.All(running, static task => Assert.False(task.IsCompletedSuccessfully));
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-Go-Pprof")));
        Assert.Equal(
            "Could not enable CPU profiling: cpu profiling already in use\n", await response.Content.ReadAsStringAsync());
        while ((await workload.AskAsync("/remains"))["profilers"] > 0)
            await Task.Delay(20, patience.Token);

        Assert.Equal(HttpStatusCode.OK, (await workload.Client.GetAsync("/debug/pprof/profile?seconds=1")).StatusCode);
    }
}

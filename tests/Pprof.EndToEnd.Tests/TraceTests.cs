using System.Text.Json;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>Traces of running services, compiled by the JIT and ahead of time, read by the real tool.</summary>
public sealed class TraceTests(Samples samples) : SampleTests(samples)
{
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TracesOfABusyServiceAreReadWithoutAFailure()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(_ => RequestAsync(service.Client, stop.Token))];
        HashSet<string> tasks = [];
        for (int i = 0; i < Repetitions.Of(few: 2, many: 20); i++)
        {
            using var tool = new GoToolTrace(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1"));

            IReadOnlyList<JsonElement> timeline = await tool.ReadWholeAsync();
            Assert.Contains(timeline, static traced => traced.GetProperty("name").GetString()!.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));
            tasks.UnionWith((await tool.EventsAsync()).Where(static traced => traced.Name == "UserTaskCreate").Select(static traced => traced.Rest.Split("name=")[1]));
        }

        Assert.Contains("GET /products/{id:int}", tasks);

        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task WithoutTheRuntimesEventsRequestsAreThere(string sample)
    {
        RunningService service = await Samples.StartAsync(sample);
        using var stop = new CancellationTokenSource();
        Task client = RequestAsync(service.Client, stop.Token);

        using var tool = new GoToolTrace(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1"));

        await stop.CancelAsync();
        await client;
        await tool.ReadWholeAsync();
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserTaskEnd");
        Assert.Contains(events, static traced => traced.Name == "HeapAlloc");
        Assert.Contains(events, static traced => traced.Name == "UserLog" && traced.Rest.Contains("NativeAOT", StringComparison.Ordinal));
    }

    private static async Task RequestAsync(HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using HttpResponseMessage answer = await client.GetAsync("/products/1234", CancellationToken.None);
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        }
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>
/// What it takes a service at full load that its requests are labelled while nobody asks for a profile, by the requests for
/// each second of its CPU time: with Labels = Routes and with None, in turns. Allocations are sampled in both.
/// </summary>
internal static class LabelledBenchmark
{
    // The sampling begins two seconds after the start, and what changes with a switch is over by then.
    private static readonly TimeSpan s_started = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(0.7);

    /// <summary>A service with nothing to do but to answer.</summary>
    public static async Task<int> RunAsync(Settings settings)
    {
        using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-json"]);
        await RunAsync(service, "/json", settings, async labels => (await service.Client.GetAsync($"/labels?value={labels}")).EnsureSuccessStatusCode());
        return 0;
    }

    /// <summary>The sample.</summary>
    public static async Task<int> RunShopAsync(Settings settings)
    {
        using var folder = new TemporaryFolder();
        await DotNet.BuildAsync("publish", Repository.PathOf("samples", "WebApi"), "-c", "Release", "-o", folder.Path);
        using RunningService service = await RunningService.StartAsync(DotNet.Path, [Path.Combine(folder.Path, "WebApi.dll")], folder.Path);
        string file = Path.Combine(folder.Path, "appsettings.json");
        JsonNode settingsOfShop = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        await RunAsync(service, "/products/1234", settings, labels =>
        {
            settingsOfShop["Pprof"] = new JsonObject { ["Labels"] = labels.ToString() };
            return File.WriteAllTextAsync(file, settingsOfShop.ToJsonString(new JsonSerializerOptions()));
        });
        return 0;
    }

    private static async Task RunAsync(RunningService service, string path, Settings settings, Func<PprofLabelsOf, Task> switchTo)
    {
        using var process = System.Diagnostics.Process.GetProcessById(service.ProcessId);
        bool? isOn = null;
        await Task.Delay(s_started);
        await Comparison.RunInShortTurnsAsync(
            $"web {path}, {WebBenchmark.Connections} connections of wrk, requests labelled and no profile, per second of CPU time",
            settings.Rounds,
            async with =>
            {
                if (with != isOn)
                {
                    await switchTo(with ? PprofLabelsOf.Routes : PprofLabelsOf.None);
                    isOn = with;
                    await Task.Delay(s_settled);
                }

                process.Refresh();
                TimeSpan before = process.TotalProcessorTime;
                double perSecond = await WebBenchmark.WrkAsync(service.Url + path, settings.Seconds);
                process.Refresh();
                return perSecond * settings.Seconds / (process.TotalProcessorTime - before).TotalSeconds;
            });
    }
}

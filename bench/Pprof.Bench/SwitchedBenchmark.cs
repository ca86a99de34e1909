using System.Text.Json;
using System.Text.Json.Nodes;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>
/// What it takes a service at full load that an option is switched on while nobody asks for a profile, by the requests for each
/// second of its CPU time: with it and without, in turns in one process.
/// </summary>
internal static class SwitchedBenchmark
{
    // The sampling begins two seconds after the start.
    private static readonly TimeSpan s_started = TimeSpan.FromSeconds(4);

    /// <summary>A service with nothing to do but to answer.</summary>
    public static async Task<int> RunAsync(SwitchedOption option, Settings settings)
    {
        using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-json"]);
        await RunAsync(
            service, "/json", option, settings,
            async value => (await service.Client.GetAsync($"/option?name={option.Name}&value={value}")).EnsureSuccessStatusCode());
        return 0;
    }

    /// <summary>The sample.</summary>
    public static async Task<int> RunShopAsync(SwitchedOption option, Settings settings)
    {
        using var folder = new TemporaryFolder();
        await DotNet.BuildAsync("publish", Repository.PathOf("samples", "WebApi"), "-c", "Release", "-o", folder.Path);
        using RunningService service = await RunningService.StartAsync(DotNet.Path, [Path.Combine(folder.Path, "WebApi.dll")], folder.Path);
        string file = Path.Combine(folder.Path, "appsettings.json");
        JsonNode settingsOfShop = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        await RunAsync(service, "/products/1234", option, settings, value =>
        {
            settingsOfShop["Pprof"] = new JsonObject { [option.Name] = value };
            return File.WriteAllTextAsync(file, settingsOfShop.ToJsonString(new JsonSerializerOptions()));
        });
        return 0;
    }

    private static async Task RunAsync(RunningService service, string path, SwitchedOption option, Settings settings, Func<string, Task> switchTo)
    {
        using var process = System.Diagnostics.Process.GetProcessById(service.ProcessId);
        bool? isOn = null;
        await Task.Delay(s_started);
        await Comparison.RunInShortTurnsAsync(
            $"web {path}, {WebBenchmark.Connections} connections of wrk, {option.Name} {option.With} and {option.Without}, requests per second of CPU time",
            settings.Rounds,
            async with =>
            {
                if (with != isOn)
                {
                    await switchTo(with ? option.With : option.Without);
                    isOn = with;
                    await Task.Delay(option.Settled);
                }

                process.Refresh();
                TimeSpan before = process.TotalProcessorTime;
                double perSecond = await WebBenchmark.WrkAsync(service.Url + path, settings.Seconds);
                process.Refresh();
                return perSecond * settings.Seconds / (process.TotalProcessorTime - before).TotalSeconds;
            });
    }
}

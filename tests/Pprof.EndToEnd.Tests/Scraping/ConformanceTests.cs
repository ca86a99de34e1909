using System.Net;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Pprof.Tool.Proto;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>Every profile that is served keeps the rules of the engines that scrape.</summary>
public sealed class ConformanceTests(Samples samples) : SampleTests(samples)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [ToolFact(Tools.Linux)]
    public async Task EveryProfileOfALoadedServiceIsTakenByTheEngines()
    {
        using ScrapedService service = await ScrapedService.StartAsync();

        IReadOnlyList<string> served = await AssertTakenAsync(service.Client);

        string[] expected = ["allocs", "block", "goroutine", "heap", "mutex", "orders.open", "profile", "threadcreate", "wall"];
        Assert.Superset(expected.ToHashSet(), served.ToHashSet());
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task SoIsEveryProfileOfANativeAotService()
    {
        RunningService service = await Samples.StartAsync(Samples.AotService);

        // Nobody has set their rates there: they stay empty.
        IReadOnlyList<string> served = await AssertTakenAsync(service.Client, "mutex", "block");

        Assert.Superset(new HashSet<string> { "allocs", "goroutine", "heap", "profile", "threadcreate" }, served.ToHashSet());
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheToolTakesTwoScrapesAndTheirDifference()
    {
        using ScrapedService service = await ScrapedService.StartAsync();
        await ScrapeAsync(service.Client, "allocs");
        string before = await Pprof.FetchAsync(service.Client, "/debug/pprof/allocs");
        string after = await Pprof.FetchAsync(service.Client, "/debug/pprof/allocs");

        string raw = await Pprof.PrintAsync("-raw", after);
        string top = await Pprof.PrintAsync("-top", "-sample_index=alloc_space", after);
        string difference = await Pprof.PrintAsync("-top", "-sample_index=alloc_space", "-diff_base=" + before, after);

        Assert.Matches(@"(?m)^\d+: 0x[0-9a-f]+/0x[0-9a-f]+/0x0 \[synthetic\] {2}\[FN\]$", raw);
        Assert.Matches(@"^File: WebApi(\.dll)?\n", top);
        Assert.Contains("Type: alloc_space", difference);

        // What did not grow is no part of a difference: were the same stack another one, it would be in it with either sign.
        Assert.DoesNotMatch(@"(?m)^ *-", difference);
    }

    private static async Task<IReadOnlyList<string>> AssertTakenAsync(HttpClient client, params string[] without)
    {
        List<string> served = [];
        List<string> broken = [];
        foreach (string name in (await ScrapedService.NamesAsync(client)).Except(without))
        {
            if (await ScrapeAsync(client, name) is not { } before || await ScrapeAsync(client, name) is not { } after)
                continue;

            served.Add(name);
            broken.AddRange(EngineRules.Broken(before).Concat(EngineRules.Broken(after)).Concat(EngineRules.Shrunk(before, after))
                .Distinct().Select(sentence => $"{name}: {sentence}"));
        }

        Assert.True(broken.Count == 0, string.Join('\n', broken));
        return served;
    }

    /// <summary>A profile with samples; null where the service says that it has none of this kind.</summary>
    private static async Task<Profile?> ScrapeAsync(HttpClient client, string name)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            using HttpResponseMessage response = await client.GetAsync($"/debug/pprof/{name}{(name is "profile" or "wall" ? "?seconds=2" : "")}", patience.Token);
            if (response.StatusCode == HttpStatusCode.NotImplemented)
                return null;

            response.EnsureSuccessStatusCode();
            Profile profile = await ScrapedService.ParseAsync(response);
            if (profile.Sample.Count > 0)
                return profile;

            await Task.Delay(100, patience.Token);
        }
    }
}

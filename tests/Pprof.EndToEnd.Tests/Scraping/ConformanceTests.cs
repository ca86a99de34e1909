using System.Net;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Pprof.Tool.Proto;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>Every profile that is served keeps the rules of the engines that scrape, in every form in which it is served.</summary>
public sealed class ConformanceTests(Samples samples) : SampleTests(samples)
{
    private const string Own = "orders.open";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    // Those of which seconds= asks for a difference.
    private static readonly string[] s_snapshots = ["allocs", "block", "goroutine", "heap", "mutex", "threadcreate"];
    private static readonly string[] s_increments = ["delta_block", "delta_heap", "delta_mutex"];

    [ToolFact(Tools.Linux)]
    public async Task EveryProfileOfALoadedServiceIsTakenByTheEngines()
    {
        using ScrapedService service = await ScrapedService.StartAsync();

        IReadOnlyList<string> served = await AssertTakenAsync(service.Client, "heap?view=types", "heap?view=retained");

        string[] expected = ["allocs", "block", "goroutine", "heap", "mutex", Own, "profile", "threadcreate", "wall", "heap?view=types", "heap?view=retained"];
        Assert.Superset(expected.Concat(FormsOf(s_snapshots)).ToHashSet(), served.ToHashSet());
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task SoIsEveryProfileOfALoadedNativeAotService()
    {
        using ScrapedService service = await ScrapedService.StartNativeAsync();

        IReadOnlyList<string> served = await AssertTakenAsync(service.Client, "heap?view=types");

        string[] expected = ["allocs", "block", "goroutine", "heap", "mutex", "profile", "threadcreate", "wall", "heap?view=types"];
        Assert.Superset(expected.Concat(FormsOf(s_snapshots)).ToHashSet(), served.ToHashSet());
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheToolTakesTwoScrapesAndTheirDifference()
    {
        using ScrapedService service = await ScrapedService.StartAsync();
        await ScrapeAsync(service.Client, "allocs", hasSamples: true);
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

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheToolShowsWhatHasComeSinceTheLastRequest()
    {
        using ScrapedService service = await ScrapedService.StartAsync();
        foreach (string name in s_increments)
            await ScrapeAsync(service.Client, name, hasSamples: true);

        string heap = await Pprof.PrintAsync("-top", "-sample_index=alloc_space", service.Url + "/debug/pprof/delta_heap?gc=1");
        string mutex = await Pprof.PrintAsync("-top", await FetchOfTheServiceAsync("delta_mutex"));
        string block = await Pprof.PrintAsync("-top", await FetchOfTheServiceAsync("delta_block"));

        Assert.Matches(@"^File: WebApi(\.dll)?\n", heap);
        Assert.Contains("Type: alloc_space", heap);
        Assert.Contains("Type: delay", mutex);
        Assert.Contains("WebApi.", mutex);
        Assert.Contains("Type: delay", block);

        async Task<string> FetchOfTheServiceAsync(string name)
        {
            using var patience = new CancellationTokenSource(s_patience);
            while (true)
            {
                string file = await Pprof.FetchAsync(service.Client, "/debug/pprof/" + name);
                if ((await Pprof.PrintAsync("-top", file)).Contains("WebApi."))
                    return file;

                await Task.Delay(200, patience.Token);
            }
        }
    }

    /// <summary>Every name on the index page, and the forms of it that there are.</summary>
    private static async Task<IReadOnlyList<string>> AssertTakenAsync(HttpClient client, params string[] views)
    {
        IReadOnlyList<string> names = await ScrapedService.NamesAsync(client);
        IEnumerable<string> all = names
            .Concat(names.Intersect(s_snapshots).SelectMany(static name => FormsOf([name])))
            .Concat(["profile?native=raw", "wall?native=raw", "../fgprof"])
            .Concat(s_increments)
            .Concat(views);

        // What one form costs is no concern of the others: they are asked for at the same time.
        (string Name, IReadOnlyList<string>? Broken)[] taken = await Task.WhenAll(all.Select(async name => (name, await BrokenAsync(client, name))));

        string broken = string.Join('\n', taken.SelectMany(static profile => (profile.Broken ?? []).Select(sentence => $"{profile.Name}: {sentence}")).Take(20));
        Assert.True(broken.Length == 0, broken);
        return [.. taken.Where(static profile => profile.Broken is not null).Select(static profile => profile.Name)];
    }

    private static IEnumerable<string> FormsOf(IEnumerable<string> names) => names.SelectMany(static name => new[] { name + "?seconds=1", name + "?native=raw" });

    /// <summary>The rules that two scrapes of a profile break; null where the service says that it has none of this kind.</summary>
    private static async Task<IReadOnlyList<string>?> BrokenAsync(HttpClient client, string name)
    {
        // Of seconds and increments there may be none in which anything was.
        bool isDifference = name.Contains("seconds=");
        bool hasSamples = !isDifference && !s_increments.Contains(name);
        if (await ScrapeAsync(client, name, hasSamples) is not { } before || await ScrapeAsync(client, name, hasSamples) is not { } after)
            return null;

        string? custom = name == Own ? Own : null;
        IEnumerable<string> broken = EngineRules.Broken(before, isDifference, custom).Concat(EngineRules.Broken(after, isDifference, custom));
        return [.. broken.Concat(hasSamples && !IsTimed(name) ? EngineRules.Shrunk(before, after) : []).Distinct()];
    }

    /// <summary>A profile, if need be with samples; null where the service says that it has none of this kind.</summary>
    private static async Task<Profile?> ScrapeAsync(HttpClient client, string name, bool hasSamples)
    {
        string address = IsTimed(name) ? $"{name}{(name.Contains('?') ? '&' : '?')}seconds=2" : name;
        using var patience = new CancellationTokenSource(s_patience);
        while (true)
        {
            using HttpResponseMessage response = await client.GetAsync("/debug/pprof/" + address, patience.Token);
            if (response.StatusCode == HttpStatusCode.NotImplemented)
                return null;

            response.EnsureSuccessStatusCode();
            Profile profile = await ScrapedService.ParseAsync(response);
            if (profile.Sample.Count > 0 || !hasSamples)
                return profile;

            await Task.Delay(100, patience.Token);
        }
    }

    private static bool IsTimed(string name) => name.Split('?')[0] is "profile" or "wall" or "../fgprof";
}

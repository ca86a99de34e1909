using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Scraping;
using Pprof.Testing;
using Pprof.Testing.Scraping;
using Pprof.Tool.Proto;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>Labels in profiles, as <c>go tool pprof</c> adds them up. Runs real time, as all shares do.</summary>
[Collection(nameof(Workloads))]
[Measures]
public sealed partial class LabelTests(Workloads workloads) : IDisposable
{
    private const string AllocatedBytes = "alloc_space";
    private const int MinProfiles = 1;
    private const int MaxProfiles = 4;
    private const int MinThreads = 20;
    private const int MaxLooks = 100;

    // What is asked for at one time; the last is the wall-clock profile.
    private static readonly (string Profile, string Type, string Method)[] s_windows =
        [("block", "delay", "WaitForEvent"), ("mutex", "delay", "WaitForLock"), ("allocs", AllocatedBytes, "Allocate"), ("heap", AllocatedBytes, "Allocate"), ("wall", "wall", "Wait")];

    private static readonly (string Profile, string Type, string Method)[] s_lifetime =
        [("mutex", "delay", "WaitForLock"), ("allocs", AllocatedBytes, "Allocate")];

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SamplesCarryTheLabelsThatHeldWhenTheyWereTaken(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("labels", 2);
        IReadOnlyDictionary<string, long> before = await workload.AskAsync("/truth");
        double six = 0, three = 0, all = 0;
        double error = double.NaN;

        // The sum of all, so that what is wrong in each stays wrong.
        for (int profiles = 1; profiles <= MaxProfiles && (profiles <= MinProfiles || error > 2); profiles++)
        {
            string file = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=4&hz=250");
            string tags = await _pprof.PrintAsync("-tags", "-unit=ms", file);
            double profiled = await ShownAsync(file, "-unit=ms", "-focus=LabelWork.Work");
            double innermost = Tagged(tags, "part", "three");

            // What was pushed inside hides what was pushed outside; the other key of the outer push stays. Between the two is
            // next to no time.
            Assert.InRange(Tagged(tags, "part", "hidden"), 0, profiled / 50);
            Assert.InRange(Tagged(tags, "kind", "outer"), innermost, innermost + (profiled / 50));
            six += Tagged(tags, "part", "six");
            three += innermost;
            all += profiled;
            IReadOnlyDictionary<string, long> used = await workload.UsedSinceAsync(before);
            double sum = used["six"] + used["three"] + used["one"];
            error = 100 * new[] { (six / all) - (used["six"] / sum), (three / all) - (used["three"] / sum) }.Max(Math.Abs);
        }

        await workload.StopAsync();
        Assert.True(error <= 2, $"A label's share is off by {error:F1} points.");
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SamplesCarryTheRouteOfTheRequest(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("routes", 2);
        IReadOnlyDictionary<string, long> before = await workload.AskAsync("/truth");
        var work = new RouteShare();
        double error = double.NaN;

        for (int profiles = 1; profiles <= MaxProfiles && (profiles <= MinProfiles || error > 3); profiles++)
        {
            string file = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=4&hz=250");
            string[] focus = ["-unit=ms", "-focus=RouteWork.Work"];
            work += await ShareAsync(file, "/routes/{id}", focus);
            Assert.Equal(await ShownAsync(file, [.. focus, "-tagfocus=http_route=/routes"]), await ShownAsync(file, [.. focus, "-tagfocus=http_method=GET"]));
            IReadOnlyDictionary<string, long> used = await workload.UsedSinceAsync(before);
            error = Math.Abs(work.Eighty - (100.0 * used["eighty"] / (used["eighty"] + used["twenty"])));
        }

        await workload.StopAsync();
        Assert.True(error <= 3 && work.Unlabelled <= 5, $"A route's share is off by {error:F1} points; {work.Unlabelled:F1} % have none.");
    }

    /// <summary>Four in five of what waits and is allocated in the same methods are of one route, in what is collected for some time and in what always is.</summary>
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task OtherProfilesCarryTheRouteOfTheRequest(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.ConfigureAsync("MutexProfileFraction", "1");
        await workload.StartAsync("held", 4);
        RouteShare[] windows = new RouteShare[s_windows.Length];
        RouteShare[] lifetime = [];
        string[] wrong = [];
        for (int profiles = 1; profiles <= MaxProfiles && (profiles <= MinProfiles || wrong.Length > 0); profiles++)
        {
            string[] files = await Task.WhenAll(s_windows.Select(window => _pprof.FetchAsync(workload.Client, $"/debug/pprof/{window.Profile}?seconds=3")));
            for (int i = 0; i < files.Length; i++)
                windows[i] += await HeldAsync(files[i], s_windows[i]);

            await AssertIdleCanBeLeftOutAsync(files[^1]);
            lifetime = await Task.WhenAll(s_lifetime.Select(async profile =>
                await HeldAsync(await _pprof.FetchAsync(workload.Client, $"/debug/pprof/{profile.Profile}"), profile)));
            wrong =
            [
                .. s_windows.Concat(s_lifetime).Zip(windows.Concat(lifetime))
                    .Where(static held => held.Second is not { Eighty: >= 76 and <= 84, Unlabelled: <= 5 })
                    .Select(static held => $"{held.First.Profile}: the route has {held.Second.Eighty:F1} % of its 80; {held.Second.Unlabelled:F1} % have none."),
            ];
        }

        RouteShare threads = await LookAtThreadsAsync(workload.Client);

        await workload.StopAsync();
        await workload.ConfigureAsync("MutexProfileFraction", "0");
        Assert.True(threads.Unlabelled <= 10, $"goroutine: {threads.Unlabelled:F0} % of {threads.All} threads have no route.");
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>Each request is a sample of its own then, and has the ids by which its trace is found.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData(Workloads.Jit)]
    public async Task SamplesCarryTheSpanOfTheRequestWhereThatIsWanted(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.ConfigureAsync("Labels", "Routes, Spans");
        await workload.StartAsync("routes", 2);

        using HttpResponseMessage response = await workload.Client.GetAsync("/debug/pprof/profile?seconds=3&hz=250");
        Profile profile = await ScrapedService.ParseAsync(response);

        await workload.StopAsync();
        await workload.ConfigureAsync("Labels", "Routes");
        Assert.Empty(EngineRules.Broken(profile));
        Dictionary<string, string>[] routed =
        [
            .. profile.Sample
                .Select(sample => sample.Label.ToDictionary(label => profile.StringTable[(int)label.Key], label => profile.StringTable[(int)label.Str]))
                .Where(static labels => labels.GetValueOrDefault("http_route")?.StartsWith("/routes/", StringComparison.Ordinal) ?? false),
        ];

        // Not those that had begun before the profile.
        Assert.InRange(routed.Count(static labels => !labels.ContainsKey("trace_id")), 0, 4);
        routed = [.. routed.Where(static labels => labels.ContainsKey("trace_id"))];
        Assert.All(routed, static labels => Assert.Matches("^GET [0-9a-f]{32} [0-9a-f]{16}$", $"{labels["http_method"]} {labels["trace_id"]} {labels["span_id"]}"));
        Assert.InRange(routed.DistinctBy(static labels => labels["span_id"]).Count(), 10, routed.Length);
    }

    private Task<RouteShare> HeldAsync(string file, (string Profile, string Type, string Method) profile) => ShareAsync(
        file, "/held/{id}", ["-sample_index=" + profile.Type, $"-unit={(profile.Type == AllocatedBytes ? "kB" : "ms")}", "-focus=RouteWork." + profile.Method]);

    // Of threads that are looked at one by one there are few at a time.
    private async Task<RouteShare> LookAtThreadsAsync(HttpClient client)
    {
        var threads = new RouteShare();
        for (int looks = 0; looks < MaxLooks && threads.All < MinThreads; looks++)
            threads += await ShareAsync(await _pprof.FetchAsync(client, "/debug/pprof/goroutine?async=0"), "/held/{id}", ["-focus=RouteWork.Wait"]);

        Assert.InRange(threads.All, MinThreads, double.MaxValue);
        return threads;
    }

    private async Task AssertIdleCanBeLeftOutAsync(string wall)
    {
        string[] options = ["-sample_index=wall", "-unit=ms"];
        double waiting = await ShownAsync(wall, [.. options, "-focus=RouteWork.Wait"]);

        Assert.True(waiting > 0);
        Assert.Equal(waiting, await ShownAsync(wall, [.. options, "-focus=RouteWork.Wait", "-tagignore=state=idle"]));
        Assert.Equal(0, await ShownAsync(wall, [.. options, "-tagfocus=state=idle", "-tagignore=state=idle"]));
        Assert.InRange(await ShownAsync(wall, [.. options, "-tagignore=state=idle"]), waiting, await ShownAsync(wall, options) - 1);
    }

    private async Task<RouteShare> ShareAsync(string file, string route, string[] options) => new(
        await ShownAsync(file, [.. options, $"-tagfocus=http_route={Regex.Escape(route + "/eighty")}"]),
        await ShownAsync(file, [.. options, $"-tagfocus=http_route={Regex.Escape(route + "/twenty")}"]),
        await ShownAsync(file, options));

    private async Task<double> ShownAsync(string file, params string[] options)
    {
        Match shown = Shown().Match(await _pprof.PrintAsync(["-top", .. options, file]));
        return shown.Success ? double.Parse(shown.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    private static double Tagged(string tags, string key, string value)
    {
        string section = Regex.Match(tags, $@"(?m)^ *{key}: Total .*\n(( {{3,}}.*\n)*)").Groups[1].Value;
        Match row = Regex.Match(section, $@"(?m)^ *([\d.]+)(?:ms)? \( *[\d.]+%\): {value}$");
        return row.Success ? double.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"Showing nodes accounting for ([\d.]+)")]
    private static partial Regex Shown();

    /// <summary>What the two routes have of everything.</summary>
    private readonly record struct RouteShare(double OfEighty, double OfTwenty, double All)
    {
        /// <summary>The share of the one in what both have, of 100.</summary>
        public double Eighty => 100 * OfEighty / (OfEighty + OfTwenty);

        /// <summary>The share of what has no route, of 100: its request was routed before anybody asked.</summary>
        public double Unlabelled => 100 * (1 - ((OfEighty + OfTwenty) / All));

        public static RouteShare operator +(RouteShare one, RouteShare other) => new(one.OfEighty + other.OfEighty, one.OfTwenty + other.OfTwenty, one.All + other.All);
    }
}

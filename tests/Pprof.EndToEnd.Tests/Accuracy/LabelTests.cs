using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>Labels in the CPU profile, as <c>go tool pprof -tags</c> adds them up. Runs real time, as all shares do.</summary>
[Collection(nameof(Workloads))]
public sealed partial class LabelTests(Workloads workloads) : IDisposable
{
    private const int MaxProfiles = 6;

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SamplesCarryTheLabelsThatHeldWhenTheyWereTaken(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("labels", 2);
        double error;
        string tags;
        int profiles = 0;

        do
        {
            IReadOnlyDictionary<string, long> before = await workload.AskAsync("/truth");
            string file = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=5&hz=250");
            IReadOnlyDictionary<string, long> after = await workload.AskAsync("/truth");
            tags = await _pprof.PrintAsync("-tags", "-unit=ms", file);
            double used = Used("six") + Used("three") + Used("one");
            double six = Tagged(tags, "part", "six");
            double three = Tagged(tags, "part", "three");
            double all = double.Parse(Total().Match(await _pprof.PrintAsync("-top", "-unit=ms", "-focus=LabelWork.Work", file)).Groups[1].Value, CultureInfo.InvariantCulture);

            // What was pushed inside hides what was pushed outside; the other key of the outer push stays. Between the two is
            // next to no time.
            Assert.InRange(Tagged(tags, "part", "hidden"), 0, all / 50);
            Assert.InRange(Tagged(tags, "kind", "outer"), three, three + (all / 50));
            error = 100 * new[] { (six / all) - (Used("six") / used), (three / all) - (Used("three") / used) }.Max(Math.Abs);

            double Used(string section) => after[section] - before.GetValueOrDefault(section);
        }
        while (error > 2 && ++profiles < MaxProfiles);

        await workload.StopAsync();
        Assert.True(error <= 2, $"A label's share is off by {error:F1} points.\n{tags}");
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SamplesCarryTheRouteOfTheRequest(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("routes", 2);
        double error;
        double unlabelled;
        int profiles = 0;

        do
        {
            IReadOnlyDictionary<string, long> before = await workload.AskAsync("/truth");
            string file = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=5&hz=250");
            IReadOnlyDictionary<string, long> after = await workload.AskAsync("/truth");
            double eighty = await WorkAsync(file, "/routes/{id}/eighty");
            double twenty = await WorkAsync(file, "/routes/{id}/twenty");
            double truth = Used("eighty") / (Used("eighty") + Used("twenty"));
            error = 100 * Math.Abs((eighty / (eighty + twenty)) - truth);

            // Those that had their route before the profile began.
            unlabelled = 1 - ((eighty + twenty) / await WorkAsync(file, null));

            double Used(string section) => after[section] - before.GetValueOrDefault(section);
        }
        while ((error > 3 || unlabelled > 0.05) && ++profiles < MaxProfiles);

        await workload.StopAsync();
        Assert.True(error <= 3 && unlabelled <= 0.05, $"A route's share is off by {error:F1} points; {unlabelled:P1} have none.");

        async Task<double> WorkAsync(string file, string? route)
        {
            string[] options = route is null ? [] : [$"-tagfocus=http_route={Regex.Escape(route)}"];
            string top = await _pprof.PrintAsync(["-top", "-unit=ms", "-focus=RouteWork.Work", .. options, file]);
            return double.Parse(Total().Match(top).Groups[1].Value, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Four in five of what waits and is allocated in the same methods are of one route. All in the same seconds.</summary>
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task WindowsOfOtherProfilesCarryTheRouteOfTheRequest(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("held", 4);

        string?[] wrong = await Task.WhenAll(
            WrongAsync("block", "delay", "WaitForEvent"), WrongAsync("mutex", "delay", "WaitForLock"), WrongAsync("allocs", "alloc_space", "Allocate"));

        await workload.StopAsync();
        Assert.All(wrong, Assert.Null);

        async Task<string?> WrongAsync(string profile, string type, string method)
        {
            double share;
            double unlabelled;
            int profiles = 0;
            do
            {
                string file = await _pprof.FetchAsync(workload.Client, $"/debug/pprof/{profile}?seconds=3");
                double eighty = await SumAsync(file, type, method, "/held/{id}/eighty");
                double twenty = await SumAsync(file, type, method, "/held/{id}/twenty");
                share = 100 * eighty / (eighty + twenty);

                // Those that had their route before the window opened.
                unlabelled = 1 - ((eighty + twenty) / await SumAsync(file, type, method, null));
                if (share is >= 76 and <= 84 && unlabelled <= 0.05)
                    return null;
            }
            while (++profiles < MaxProfiles);

            return $"{profile}: the route has {share:F1} % of its 80; {unlabelled:P1} have none.";
        }

        async Task<double> SumAsync(string file, string type, string method, string? route)
        {
            string[] options = route is null ? [] : [$"-tagfocus=http_route={Regex.Escape(route)}"];
            string top = await _pprof.PrintAsync(["-top", "-sample_index=" + type, $"-unit={(type == "delay" ? "ms" : "kB")}", $"-focus=RouteWork.{method}", .. options, file]);
            Match total = Regex.Match(top, @"Showing nodes accounting for ([\d.]+)");
            return total.Success ? double.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        }
    }

    private static double Tagged(string tags, string key, string value)
    {
        string section = Regex.Match(tags, $@"(?m)^ *{key}: Total .*\n(( {{3,}}.*\n)*)").Groups[1].Value;
        Match row = Regex.Match(section, $@"(?m)^ *([\d.]+)(?:ms)? \( *[\d.]+%\): {value}$");
        return row.Success ? double.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    [GeneratedRegex(@"Showing nodes accounting for ([\d.]+)ms")]
    private static partial Regex Total();
}

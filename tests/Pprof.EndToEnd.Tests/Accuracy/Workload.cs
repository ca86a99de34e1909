using System.Globalization;
using Pprof.Testing;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The program of tests/Pprof.Workloads in a process of its own.</summary>
internal sealed class Workload(RunningService service, GoToolPprof pprof)
{
    /// <summary>Its HTTP client.</summary>
    public HttpClient Client => service.Client;

    /// <summary>Runs a workload on some threads, in place of the one before.</summary>
    public async Task StartAsync(string workload, int threads = 1) =>
        (await Client.GetAsync($"/start?workload={workload}&threads={threads}")).EnsureSuccessStatusCode();

    /// <summary>Ends the workload.</summary>
    public async Task StopAsync() => (await Client.GetAsync("/stop")).EnsureSuccessStatusCode();

    /// <summary>Lines of a name and a number, such as CPU time in nanoseconds by section.</summary>
    public async Task<IReadOnlyDictionary<string, long>> AskAsync(string address) =>
        (await Client.GetStringAsync(address)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(static line => line.Split(' '))
        .ToDictionary(static words => words[0], static words => long.Parse(words[1], CultureInfo.InvariantCulture));

    /// <summary>What sections have used since <paramref name="before"/>.</summary>
    public async Task<IReadOnlyDictionary<string, long>> UsedSinceAsync(IReadOnlyDictionary<string, long> before) =>
        (await AskAsync("/truth")).ToDictionary(static s => s.Key, s => s.Value - before.GetValueOrDefault(s.Key));

    /// <summary>Changes an option while it runs.</summary>
    public async Task ConfigureAsync(string option, string value) =>
        (await Client.GetAsync($"/configure?option={option}&value={Uri.EscapeDataString(value)}")).EnsureSuccessStatusCode();

    /// <summary>Profiles, and tells what was really used meanwhile.</summary>
    public async Task<Measured> MeasureAsync(string query, string profile = "profile")
    {
        IReadOnlyDictionary<string, long> before = await AskAsync("/truth");
        string file = await pprof.FetchAsync(Client, $"/debug/pprof/{profile}?{query}");
        IReadOnlyDictionary<string, long> used = await UsedSinceAsync(before);
        return new Measured(new RawProfile(await pprof.PrintAsync("-raw", file)), used);
    }
}

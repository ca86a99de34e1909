using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>
/// <c>go tool pprof</c> against a running service: by address, by host, its web interface, its symbol requests. Runs real
/// time: it asks for seconds.
/// </summary>
public sealed class RemoteTests(Samples samples) : SampleTests(samples)
{
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TopByAddressNamesTheServiceTheTypeAndTheTime(string name)
    {
        RunningService service = await Samples.StartAsync(name);

        string top = await Pprof.PrintAsync("-top", service.Url + OneSecond);

        Assert.Contains($"File: {Samples[name].File}", top);
        Assert.Contains("Type: cpu", top);
        Assert.Matches(@"Time: \w+ \d+, \d{4}", top);
        // A second, or what a busy machine makes of it; never less.
        Assert.Matches(@"Duration: [\d.]+s, Total samples = ", top);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AProgramWithoutAWebServerIsProfiledThroughAListenerOfItsOwn()
    {
        RunningService service = await Samples.StartAsync(Samples.Worker);

        var top = new TopReport(await Pprof.PrintAsync("-top", "-unit=ms", service.Url + FiveSeconds));

        double busiest = top.Flat(Samples[Samples.Worker].Busiest);
        Assert.True(busiest > 0 && top.Cumulative(Samples[Samples.Worker].Caller) >= busiest, top.Text);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task HostAndSecondsAloneAreEnough()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string top = await Pprof.PrintAsync("-top", "-seconds=1", new Uri(service.Url).Authority);

        Assert.Contains("Type: cpu", top);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheToolShowsTheServersOwnWords()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        ProcessResult result = await Pprof.RunAsync("-top", service.Url + "/debug/pprof/nosuch");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("server response: 404 Not Found - Unknown profile", result.Error);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task SymbolNamesTheAddressesOfAProfile(string name)
    {
        RunningService service = await Samples.StartAsync(name);
        string busiest = Samples[name].Busiest;
        string raw = await Pprof.PrintAsync("-raw", await FetchSharedAsync(name));
        string address = Regex.Match(raw, $@"(?m)^\s*\d+: (0x[0-9a-f]+) M=\d+ {Regex.Escape(busiest)} ").Groups[1].Value;
        string expected = $"num_symbols: 1\n{address} {busiest}\n";

        using HttpResponseMessage posted = await service.Client.PostAsync("/debug/pprof/symbol", new StringContent(address));

        Assert.Equal(expected, await posted.Content.ReadAsStringAsync());
        Assert.Equal(expected, await service.Client.GetStringAsync($"/debug/pprof/symbol?{address}"));
    }

    [ToolTheory(Tools.Linux, Tools.Go, Tools.Graphviz)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TheWebInterfaceShowsTheBusiestMethodOnEveryPage(string name)
    {
        using PprofWebInterface web = await PprofWebInterface.OpenAsync(await FetchSharedAsync(name), Pprof.Environment);

        foreach (string page in new[] { "", "top", "peek", "flamegraph" })
        {
            string html = await web.Client.GetStringAsync(page);

            Assert.Contains(Samples[name].Busiest.Split('.')[^1], html);
        }
    }
}

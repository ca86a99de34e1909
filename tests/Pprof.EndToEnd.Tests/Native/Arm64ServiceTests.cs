using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>
/// A whole NativeAOT service for arm64 under emulation, read by the real tool: what its hooks see, and the CPU time of its threads.
/// Where threads stand that wait is not among it: of these the kernel tells where the emulator stands.
/// </summary>
public sealed class Arm64ServiceTests(Arm64Service emulated) : IClassFixture<Arm64Service>, IDisposable
{
    private const int MaxTexts = 100;
    private const int MaxProfiles = 6;
    private const double Milliseconds = 1;

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    /// <summary>Some 4,000 samples.</summary>
    [ToolFact(Tools.Linux, Tools.Go, Tools.CrossCompiler, Tools.Arm64Compiler, Tools.Arm64ObjectCopy, Tools.Arm64Emulator)]
    public async Task AllocationsAddUpToWhatTheRuntimeCounts()
    {
        const double Bytes = 64 << 20;
        RunningService service = await emulated.StartAsync();

        // Sampling begins two seconds after the start. What a text takes itself is counted in it, and sampled in the next one: the
        // first takes most.
        _ = await TextUntilAsync(static text => text.Contains("AotService.StationLog.Latest", StringComparison.Ordinal));
        string before = await TextUntilAsync(static _ => true);
        string now = await TextUntilAsync(text => Counted(text) - Counted(before) >= Bytes);

        Assert.InRange((await SampledAsync(now) - await SampledAsync(before)) / (Counted(now) - Counted(before)), 0.9, 1.1);

        async Task<string> TextUntilAsync(Func<string, bool> isEnough)
        {
            for (int attempt = 0; ; attempt++)
            {
                for (int i = 0; i < 100; i++)
                    await service.Client.GetStringAsync("/forecast?days=14");

                string text = await service.Client.GetStringAsync("/debug/pprof/allocs?debug=1");
                if (isEnough(text))
                    return text;

                Assert.True(attempt < MaxTexts, text[..Math.Min(text.Length, 1_000)]);
            }
        }

        // The tool makes of what was sampled what it stands for.
        async Task<double> SampledAsync(string text) => new TopReport(await _pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", _pprof.Save(text))).Total;

        static double Counted(string text) => double.Parse(Regex.Match(text, @"(?m)^# TotalAlloc = (\d+)$").Groups[1].Value, CultureInfo.InvariantCulture);
    }

    [ToolFact(Tools.Linux, Tools.Go, Tools.CrossCompiler, Tools.Arm64Compiler, Tools.Arm64ObjectCopy, Tools.Arm64Emulator)]
    public async Task AllocsShowsTypesBelowWhoAllocatesThem()
    {
        RunningService service = await emulated.StartAsync();

        string file = await _pprof.FetchAsync(service.Client, "/debug/pprof/allocs?seconds=2");

        var top = new TopReport(await _pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", file));
        Assert.True(top.Flat("AotService.Reading[]") > 0 && top.Cumulative("AotService.StationLog.Latest") >= top.Flat("AotService.Reading[]"), top.Text);
        Assert.Contains("Type: inuse_space", await _pprof.PrintAsync("-top", service.Url + "/debug/pprof/heap?gc=1"));
    }

    [ToolTheory(Tools.Linux, Tools.Go, Tools.CrossCompiler, Tools.Arm64Compiler, Tools.Arm64ObjectCopy, Tools.Arm64Emulator)]
    [InlineData("mutex?seconds=2", "AotService.StationLog.Add", "-tagshow=wait")]
    [InlineData("block?seconds=2", "AotService.Stations.Archive", "-tagfocus=wait=wait-handle")]
    public async Task ItTellsWhereItWaits(string address, string method, string option)
    {
        RunningService service = await emulated.StartAsync();
        List<string> files = [];
        TopReport top;
        do
        {
            files.Add(await _pprof.FetchAsync(service.Client, "/debug/pprof/" + address));
            top = new TopReport(await _pprof.PrintAsync(["-top", "-unit=ms", option, .. files]));
        }
        while (top.Cumulative(method) < Milliseconds && files.Count < MaxProfiles);

        Assert.True(top.Cumulative(method) >= Milliseconds, top.Text);
    }

    [ToolFact(Tools.Linux, Tools.CrossCompiler, Tools.Arm64Compiler, Tools.Arm64ObjectCopy, Tools.Arm64Emulator)]
    public async Task ItTellsWhoStartedItsThreads()
    {
        RunningService service = await emulated.StartAsync();

        string text = await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1");

        string archivist = Assert.Single(text.Split("\n\n"), static block => block.Contains("# labels: {\"thread\":\"Archivist\"}", StringComparison.Ordinal));
        Assert.Matches(@"\tSystem\.Threading\.Thread\.\w+\+[^\n]*\n[^\n]*\tAotService\.Stations\.ExecuteAsync\+", archivist);
    }

    [ToolFact(Tools.Linux, Tools.Go, Tools.CrossCompiler, Tools.Arm64Compiler, Tools.Arm64ObjectCopy, Tools.Arm64Emulator)]
    public async Task TopShowsTheTrueSharesOfTheBusyMethods()
    {
        RunningService service = await emulated.StartAsync();
        Task<string> profile = _pprof.FetchAsync(service.Client, "/debug/pprof/profile?seconds=5&hz=250");
        while (!profile.IsCompleted)
            await service.Client.GetStringAsync("/forecast?days=14");

        var top = new TopReport(await _pprof.PrintAsync("-top", "-unit=ms", await profile));
        (double simulate, double estimate, double rate) = (top.Flat("AotService.Forecast.Simulate"), top.Flat("AotService.Forecast.EstimateRain"), top.Flat("AotService.Forecast.RateConfidence"));
        double all = simulate + estimate + rate;

        // Some hundred samples, of which five standard deviations are less than that.
        Assert.True(Math.Abs((100 * simulate / all) - 60) <= 10 && Math.Abs((100 * estimate / all) - 30) <= 10 && Math.Abs((100 * rate / all) - 10) <= 10, top.Text);
    }
}

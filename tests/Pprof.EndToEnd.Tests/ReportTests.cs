using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>
/// The reports of <c>go tool pprof</c> on CPU profiles of JIT-compiled and NativeAOT services. Runs real time: the profiles
/// have seconds.
/// </summary>
public sealed class ReportTests(Samples samples) : SampleTests(samples)
{
    // A quarter of a core for two minutes: some 7,000 samples, whose own error is 0.6 points.
    private const int MaxProfiles = 24;

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TopShowsTheTrueSharesOfTheBusyMethods(string name)
    {
        Sample sample = Samples[name];
        List<string> profiles = [await FetchSharedAsync(name)];
        TopReport top = await TopAsync();

        // Sampling has an error of its own, which shrinks with the number of samples; a bias does not go away.
        while (sample.LargestError(top) > 2 && profiles.Count < MaxProfiles)
        {
            profiles.Add(await FetchAsync(name, FiveSeconds));
            top = await TopAsync();
        }

        Assert.True(sample.LargestError(top) <= 2, $"A share is off by {sample.LargestError(top):F1} points.\n{top.Text}");

        async Task<TopReport> TopAsync() => new(await Pprof.PrintAsync(["-top", "-unit=ms", .. profiles]));
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task PeekShowsWhoCalledABusyMethod(string name)
    {
        Sample sample = Samples[name];

        string peek = await Pprof.PrintAsync("-peek", $"^{Regex.Escape(sample.Busiest)}$", await FetchSharedAsync(name));

        Assert.Matches($@"\| +{Regex.Escape(sample.Caller)}\s*\n[^|]*\| {Regex.Escape(sample.Busiest)}\s*\n", peek);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TracesShowBusyMethodsBelowTheirCallers(string name)
    {
        Sample sample = Samples[name];

        string traces = await Pprof.PrintAsync("-traces", await FetchSharedAsync(name));

        Assert.Matches($@"{Regex.Escape(sample.Busiest)}\s*\n\s*{Regex.Escape(sample.Caller)}\s*\n", traces);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task RawShowsTypesPeriodLocationsAndMappings(string name)
    {
        string raw = await Pprof.PrintAsync("-raw", await FetchAsync(name, "/debug/pprof/profile?seconds=2"));

        Assert.Contains("PeriodType: cpu nanoseconds", raw);
        Assert.Contains("Period: 10000000", raw);
        Assert.Contains("samples/count cpu/nanoseconds", raw);
        Assert.Matches(@"(?m)^\s*\d+: 0x[0-9a-f]+ M=\d+ \S", raw);
        Assert.Matches($@"Mappings\s*\n1: 0x[0-9a-f]+/0x[0-9a-f]+/0x[0-9a-f]+ \S*/{Samples[name].File} .*\[FN\]", raw);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task ListShowsAnnotatedSource()
    {
        string method = Samples[Samples.WebApi].Busiest;

        string list = await Pprof.PrintAsync("-list", $"^{Regex.Escape(method)}$", await FetchSharedAsync(Samples.WebApi));

        Assert.Contains($"ROUTINE ======================== {method} in {Repository.PathOf("samples", "WebApi", "OrderPipeline.cs")}", list);
        Assert.Matches(@"(?m)^\s+[\d.]+m?s\s+[\d.]+m?s\s+\d+:\s+state \^= state", list);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Samples.WebApi)]
    [ToolInlineData(Tools.NativeCompiler, Samples.AotService)]
    public async Task TheToolHasNothingToComplainAbout(string name)
    {
        string profile = await FetchSharedAsync(name);

        ProcessResult result = await Pprof.RunAsync("-top", profile);

        Assert.Equal("", result.Succeeded().Error.Trim());
    }
}

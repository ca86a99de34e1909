using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Native;
using Pprof.EndToEnd.Tests.Scraping;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>The memory profiles of services that run in another way than most, or are watched by somebody else.</summary>
[Collection(nameof(ScrapingCollection))]
[Measures]
public sealed partial class MemoryNeighborTests : IDisposable
{
    private const int Seconds = 3;
    private const int Windows = 5;

    // The leak that the sample has for this: each call keeps so much.
    private const int Calls = 30;
    private const double KeptEach = 1_000 * 5_024;

    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("DOTNET_gcServer", "1")]
    [InlineData("DOTNET_gcConcurrent", "0")]
    [InlineData("DOTNET_GCConserveMemory", "9")]
    [InlineData("DOTNET_TieredPGO", "0")]
    [InlineData("DOTNET_TieredCompilation", "0")]
    public Task HoweverTheRuntimeIsSetTheBytesAreRight(string variable, string value) => AssertIsRightAsync(new() { [variable] = value });

    /// <summary>A profiler of the main slot, loaded with the runtime, that is told of collections.</summary>
    [ToolFact(Tools.Linux, Tools.Go, Tools.NativeCompiler)]
    public async Task BesideAnotherProfilerTheBytesAreRight()
    {
        using var folder = new TemporaryFolder();
        string profiler = await NativeProgram.CompileAsync(Tools.PathOf(Tools.NativeCompiler), "profiler", folder, "-shared", "-fPIC");

        string maps = await AssertIsRightAsync(new()
        {
            ["CORECLR_ENABLE_PROFILING"] = "1",
            ["CORECLR_PROFILER"] = "{6d3c1a86-17a4-4b6c-93a0-52d8f1b6a001}",
            ["CORECLR_PROFILER_PATH"] = profiler,
        });

        Assert.Contains(profiler, maps);
    }

    /// <summary>Compares a window with the runtime's own count. Returns what is mapped into the service.</summary>
    private async Task<string> AssertIsRightAsync(Dictionary<string, string> environment)
    {
        // One sample for each 100 KB: 1,500 are alive in the end.
        environment["Pprof__MemoryProfileRate"] = "102400";
        using RunningService service = await Samples.StartWebApiAsync(environment);

        // What begins with the first profile is not in the window.
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs");
        // A service that does nothing else allocates 150 samples in a window: what is off by chance is not off with more of them.
        double told = 0;
        double allocated = 0;
        for (int i = 0; i < Windows && !IsRight(told / allocated); i++)
        {
            // To be told costs megabytes, the more, the more stacks there are: as much after the window as before.
            long first = await AllocatedAsync(service);
            long before = await AllocatedAsync(service);
            string window = await _pprof.FetchAsync(service.Client, $"/debug/pprof/allocs?seconds={Seconds}");
            allocated += await AllocatedAsync(service) - before - (before - first);
            told += new TopReport(await _pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", window)).Total;
            Assert.Contains("source: the runtime's samples of allocations", await _pprof.PrintAsync("-comments", window));
        }

        Assert.True(IsRight(told / allocated), $"{told:N0} of {allocated:N0} bytes");

        double alive = await InUseAsync(service);
        for (int i = 0; i < Calls; i++)
            (await service.Client.PostAsync("/leaks/cache", null)).EnsureSuccessStatusCode();

        Assert.InRange((await InUseAsync(service) - alive) / (Calls * KeptEach), 0.87, 1.15);
        return await File.ReadAllTextAsync($"/proc/{service.ProcessId}/maps");
    }

    private static bool IsRight(double share) => share is > 0.6 and < 1.25;

    private async Task<double> InUseAsync(RunningService service) =>
        new TopReport(await _pprof.PrintAsync("-top", "-unit=B", service.Url + "/debug/pprof/heap?gc=1")).Total;

    private static async Task<long> AllocatedAsync(RunningService service) => long.Parse(
        TotalAllocLine().Match(await service.Client.GetStringAsync("/debug/pprof/heap?debug=1")).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?m)^# TotalAlloc = (\d+)$")]
    private static partial Regex TotalAllocLine();
}

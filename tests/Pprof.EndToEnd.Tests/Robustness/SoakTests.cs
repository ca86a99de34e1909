using System.Diagnostics;
using System.Globalization;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// All profiles at once, with signals at a thousand a second, of a program that does everything that can fail because of
/// them, while the sampling of allocations is switched off and on. Runs real time, some seconds for each runtime;
/// PPROF_SOAK_SECONDS makes it longer, and PPROF_SOAK_ENVIRONMENT ("DOTNET_gcServer=1 DOTNET_TieredPGO=0") is the program's.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class SoakTests
{
    private const int ProfileSeconds = 3;

    // In a long run once a minute.
    private const int RoundsOfSampling = 12;

    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("PPROF_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int set) ? set : 2 * ProfileSeconds);

    // Whether memory is flat can be told where a program has run for long.
    private static readonly TimeSpan s_long = TimeSpan.FromMinutes(10);

    private static readonly Dictionary<string, string> s_environment =
        (Environment.GetEnvironmentVariable("PPROF_SOAK_ENVIRONMENT") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(static setting => setting.Split('=', 2))
        .ToDictionary(static pair => pair[0], static pair => pair[1]);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task NoCallFailsAndNothingCrashes(string runtime)
    {
        using RunningService service = runtime == Workloads.Aot
            ? await RunningService.StartAsync(Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), [], null, s_environment)
            : await Workloads.StartBuiltAsync(s_environment);
        (await service.Client.GetAsync("/start?workload=soak&threads=8")).EnsureSuccessStatusCode();
        using var pprof = new GoToolPprof();
        byte[] last = [];
        long warm = 0;

        var watch = Stopwatch.StartNew();
        for (int round = 1; watch.Elapsed < s_duration; round++)
        {
            bool samples = round % RoundsOfSampling != 2;
            (await service.Client.GetAsync("/configure?option=MemoryProfile&value=" + (samples ? "Sampled" : "Off"))).EnsureSuccessStatusCode();
            Task<byte[]>[] requests =
            [
                .. new[]
                {
                    $"profile?seconds={ProfileSeconds}&hz=1000", $"profile?seconds={ProfileSeconds}&hz=331",
                    $"mutex?seconds={ProfileSeconds}", $"block?seconds={ProfileSeconds}", $"wall?seconds={ProfileSeconds}",
                    "goroutine", "threadcreate", samples ? "heap?gc=1" : "goroutine?async=0",
                }.Select(profile => service.Client.GetByteArrayAsync("/debug/pprof/" + profile)),
            ];
            using var hangUp = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=30&hz=1000", hangUp.Token));
            last = (await Task.WhenAll(requests))[0];
            Assert.Equal("", await service.Client.GetStringAsync("/errors"));
            if (warm == 0 && watch.Elapsed > s_duration / 4)
                warm = ResidentBytes(service);
        }

        if (s_duration > s_long)
        {
            Assert.InRange(ResidentBytes(service), 0, warm + (warm / 4) + (64 << 20));
            await AssertAllocationsAreKnownAsync(service, pprof);
        }

        (await service.Client.GetAsync("/stop")).EnsureSuccessStatusCode();
        Assert.Equal("", await service.Client.GetStringAsync("/errors"));

        // Signals have come, and told where.
        var profile = new RawProfile(await pprof.PrintAsync("-raw", pprof.Save(last)));
        Assert.True(profile.Total > 1_000_000_000, profile.Text);
        Assert.InRange(profile.Unattributed, 0, 0.5);
    }

    /// <summary>After all of it, a window still has the bytes that the runtime counts.</summary>
    private static async Task AssertAllocationsAreKnownAsync(RunningService service, GoToolPprof pprof)
    {
        (await service.Client.GetAsync("/configure?option=MemoryProfile&value=Sampled")).EnsureSuccessStatusCode();
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs");
        long before = await AllocatedAsync(service);
        string window = await pprof.FetchAsync(service.Client, $"/debug/pprof/allocs?seconds={ProfileSeconds}");
        long allocated = await AllocatedAsync(service) - before;
        double told = new TopReport(await pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", window)).Total;
        Assert.True(told / allocated is > 0.7 and < 1.2, $"{told:N0} of {allocated:N0} bytes: {await pprof.PrintAsync("-comments", window)}");
    }

    private static async Task<long> AllocatedAsync(RunningService service) =>
        long.Parse(await service.Client.GetStringAsync("/allocated"), CultureInfo.InvariantCulture);

    private static long ResidentBytes(RunningService service)
    {
        using var process = Process.GetProcessById(service.ProcessId);
        return process.WorkingSet64;
    }
}

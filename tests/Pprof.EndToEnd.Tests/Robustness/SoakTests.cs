using System.Globalization;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// Signals at a thousand a second into everything that can fail because of them. Runs real time, fifteen seconds for each
/// runtime; PPROF_SOAK_SECONDS makes it longer.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class SoakTests
{
    private const int ProfileSeconds = 5;

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task NoCallFailsAndNothingCrashes(string runtime)
    {
        int seconds = int.TryParse(
            Environment.GetEnvironmentVariable("PPROF_SOAK_SECONDS"), CultureInfo.InvariantCulture, out int set) ? set : 3 * ProfileSeconds;
        using RunningService service = runtime == Workloads.Aot
            ? await RunningService.StartAsync(Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), [])
            : await Workloads.StartBuiltAsync();
        (await service.Client.GetAsync("/start?workload=soak&threads=8")).EnsureSuccessStatusCode();
        using var pprof = new GoToolPprof();
        byte[] last = [];

        for (int done = 0; done < seconds; done += ProfileSeconds)
        {
            Task<byte[]>[] requests =
            [
                service.Client.GetByteArrayAsync($"/debug/pprof/profile?seconds={ProfileSeconds}&hz=1000"),
                service.Client.GetByteArrayAsync($"/debug/pprof/profile?seconds={ProfileSeconds}&hz=331"),
            ];
            using var hangUp = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(
                () => service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=30&hz=1000", hangUp.Token));
            last = (await Task.WhenAll(requests))[0];
            Assert.Equal("", await service.Client.GetStringAsync("/errors"));
        }

        (await service.Client.GetAsync("/stop")).EnsureSuccessStatusCode();
        Assert.Equal("", await service.Client.GetStringAsync("/errors"));

        // Signals have come, and told where.
        var profile = new RawProfile(await pprof.PrintAsync("-raw", pprof.Save(last)));
        Assert.True(profile.Total > 1_000_000_000, profile.Text);
        Assert.InRange(profile.Unattributed, 0, 0.5);
    }
}

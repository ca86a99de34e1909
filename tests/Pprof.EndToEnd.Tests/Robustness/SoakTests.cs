using System.Globalization;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// Signals at a thousand a second into everything that can fail because of them. Runs for some seconds; PPROF_SOAK_SECONDS
/// makes it longer.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class SoakTests
{
    private const int ProfileSeconds = 5;

    [ToolTheory(Tools.Linux)]
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
        int profiles = 0;

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
            profiles += (await Task.WhenAll(requests)).Count(static profile => profile.Length > 0);
            Assert.Equal("", await service.Client.GetStringAsync("/errors"));
        }

        (await service.Client.GetAsync("/stop")).EnsureSuccessStatusCode();
        Assert.Equal("", await service.Client.GetStringAsync("/errors"));
        Assert.True(profiles > 0);
    }
}

using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>
/// The same workloads where the CPU profile is made of the runtime's own sampling: less exact, as threads are seen where they can be
/// stopped, and as the sampling uses CPU time itself. Runs real time.
/// </summary>
[Measures]
[Collection(nameof(Workloads))]
public sealed class SampledCpuTests(Workloads workloads, ITestOutputHelper output)
{
    // docs/platforms.md names the figures.
    private const double Points = 5;
    private const double Unattributed = 0.2;

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("split", 1)]
    [InlineData("split", 50)]
    public async Task TheProfileAddsUpToWhatTheProcessUsed(string name, int threads)
    {
        Workload workload = await workloads.StartAsync(Workloads.Sampled);
        await workload.StartAsync(name, threads);

        AssertAddsUp(await workload.MeasureAsync("seconds=3"), seconds: 3);

        await workload.StopAsync();
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task SoDoesOneOfTwoThreads() =>
        AssertAddsUp(await workloads.MeasureAsync(Workloads.Sampled, "split", 2, static measured => measured.Profile.Unattributed <= Unattributed), seconds: 5);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("split")]
    [InlineData("wrapper")]
    public async Task SharesAreNear(string name)
    {
        Measured measured = await workloads.MeasureAsync(Workloads.Sampled, name, 2, static measured => measured.AreSharesWithin(Points));

        output.WriteLine($"largest error {measured.LargestError:F1} points, unattributed {measured.Profile.Unattributed:P1}");
        Assert.True(measured.LargestError <= Points, $"A share is off by {measured.LargestError:F1} points.");
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task ManagedStacksAreWhole()
    {
        RawProfile profile = (await workloads.MeasureAsync(Workloads.Sampled, "wrapper")).Profile;

        long whole = profile.StartingWith("CpuWork.Probe", "CpuWork.Wrapper", "CpuWork.B", "CpuWork.A", "CpuWork.Wrapped");
        long throughWrapper = profile.StartingWith("CpuWork.Probe", "CpuWork.Wrapper");
        Assert.True(throughWrapper > 0, profile.Text);
        Assert.InRange((double)whole / throughWrapper, 0.98, 1);
    }

    private void AssertAddsUp(Measured measured, int seconds)
    {
        output.WriteLine($"sum {measured.SumRatio:F3}, unattributed {measured.Profile.Unattributed:P1}");
        measured.AssertAddsUp(seconds, Unattributed, tolerance: 0.1);
    }
}

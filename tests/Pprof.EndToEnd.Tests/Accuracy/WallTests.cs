using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>Wall-clock profiles of threads that time themselves. Runs real time, as the CPU profiles do.</summary>
[Measures]
[Collection(nameof(Workloads))]
public sealed class WallTests(Workloads workloads)
{
    // What a thread runs and waits is counted exactly; of the time around each step from one place to the next looks tell the
    // half: in 50 turns of five seconds some half a point, of which chance makes more than twice that hardly ever.
    private const double Points = 2;

    /// <summary>Sections, and the state in which the profile has to show them.</summary>
    private static readonly (string Section, string State)[] s_sections = [("Asleep", "sleep"), ("Locked", "lock"), ("Busy", "running")];

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SleepingWaitingAndRunningHaveTheirTrueShares(string runtime) => (await MeasureAsync(runtime)).AssertShares(Points);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task EveryStateHasItsLabel(string runtime)
    {
        RawProfile profile = (await MeasureAsync(runtime)).Profile;

        Assert.All(s_sections, section => Assert.InRange((double)profile.Labelled("state", section.State, "." + section.Section) / profile.Cumulative("." + section.Section), 0.9, 1));

        // Threads of the pool that wait for work can be left out.
        Assert.True(profile.Labelled("state", "idle", "WorkerThread.WorkerThreadStart") > 0, profile.Largest(without: "CpuWork"));
    }

    private Task<Measured> MeasureAsync(string runtime) =>
        workloads.MeasureAsync(runtime, "wall", threads: 1, static measured => measured.AreSharesWithin(Points), "seconds=5&hz=100", "wall");
}

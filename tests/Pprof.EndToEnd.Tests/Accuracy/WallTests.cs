using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>Wall-clock profiles of threads that time themselves. Runs real time, as the CPU profiles do.</summary>
[Collection(nameof(Workloads))]
public sealed class WallTests(Workloads workloads)
{
    private const int MaxProfiles = 8;

    // The moments of looking keep away from the timers of others, but not from a processor's being free: on a busy machine
    // it takes more of them.
    private const double Points = 3;

    /// <summary>Sections, and the state in which the profile has to show them.</summary>
    private static readonly (string Section, string State)[] s_sections = [("Asleep", "sleep"), ("Locked", "lock"), ("Busy", "running")];

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task SleepingWaitingAndRunningHaveTheirTrueShares(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("wall");
        Measured measured = await MeasureAsync();
        for (int profiles = 1; measured.LargestError > Points && profiles < MaxProfiles; profiles++)
            measured = measured.And(await MeasureAsync());

        await workload.StopAsync();
        measured.AssertShares(Points);

        Task<Measured> MeasureAsync() => workload.MeasureAsync("seconds=5&hz=500", "wall");
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task EveryStateHasItsLabel(string runtime)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync("wall");

        RawProfile profile = (await workload.MeasureAsync("seconds=3&hz=100", "wall")).Profile;

        await workload.StopAsync();
        Assert.All(s_sections, section => Assert.InRange((double)profile.Labelled("state", section.State, "." + section.Section) / profile.Cumulative("." + section.Section), 0.9, 1));

        // Threads of the pool that wait for work can be left out.
        Assert.True(profile.Labelled("state", "idle", "WorkerThread.WorkerThreadStart") > 0, profile.Largest(without: "CpuWork"));
    }
}

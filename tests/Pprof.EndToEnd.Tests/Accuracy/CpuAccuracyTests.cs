using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>
/// CPU profiles of workloads that time themselves by the kernel's clocks. Runs real time: a share is right within some
/// points only after some thousand samples.
/// </summary>
[Measures]
[Collection(nameof(Workloads))]
public sealed class CpuAccuracyTests(Workloads workloads)
{
    private const double Points = 2;

    // Nanoseconds of a sample, at 100 Hz.
    private const long Period = 10_000_000;

    // FaultWork.Kinds.
    private static readonly string[] s_faults =
    [
        "RunOne", "CatchNullReferences", "CatchDivisions", "CatchByFilter", "CatchAfterFinally", "CatchNested", "CatchFromDeep",
    ];

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "split", 1, 3)]
    [InlineData(Workloads.Jit, "split", 50, 3)]
    [InlineData(Workloads.Jit, "short", 1, 5)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split", 1, 3)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split", 50, 3)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "short", 1, 5)]
    public async Task TheProfileAddsUpToWhatTheProcessUsed(string runtime, string name, int threads, int seconds)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync(name, threads);

        Measured measured = await workload.MeasureAsync($"seconds={seconds}");

        await workload.StopAsync();

        // What no sample saw is accounted for, but a profile is to show stacks.
        measured.AssertAddsUp(seconds, unattributed: name == "short" ? 0.15 : 0.05);
    }

    /// <summary>As many threads as there are processors, as often as the kernel can: the profiles that shares are read from.</summary>
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "split")]
    [InlineData(Workloads.Jit, "system")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "system")]
    public async Task SoDoesOneOfTwoThreads(string runtime, string name) =>
        (await workloads.MeasureAsync(runtime, name)).AssertAddsUp(seconds: 5, unattributed: 0.05);

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "split")]
    [InlineData(Workloads.Jit, "wrapper")]
    [InlineData(Workloads.Jit, "libm")]
    [InlineData(Workloads.Jit, "native")]
    [InlineData(Workloads.Jit, "system")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "wrapper")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "libm")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "native")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "system")]
    public async Task SharesAreTheTrueOnes(string runtime, string name)
    {
        Measured measured = await workloads.MeasureAsync(runtime, name, 2, static measured => measured.AreSharesWithin(Points));

        measured.AssertShares(Points);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task TheCallerOfAFramelessMethodIsNotHidden(string runtime)
    {
        RawProfile profile = (await workloads.MeasureAsync(runtime, "wrapper")).Profile;

        long whole = profile.StartingWith("CpuWork.Probe", "CpuWork.Wrapper", "CpuWork.B", "CpuWork.A", "CpuWork.Wrapped");
        long throughWrapper = profile.StartingWith("CpuWork.Probe", "CpuWork.Wrapper");
        Assert.True(throughWrapper > 0, profile.Largest(without: "CpuWork.Wrapper"));
        Assert.InRange((double)whole / throughWrapper, 0.98, 1);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "libm", "CpuWork.Sine", "CpuWork.Sines")]
    [InlineData(Workloads.Jit, "native", "NativeWork.MeasureText", "NativeWork.CallLibc")]
    [InlineData(Workloads.Jit, "native", "NativeWork.ParseNumber", "NativeWork.CallLibc")]
    [InlineData(Workloads.Jit, "system", "NativeWork.ReadZeros", "NativeWork.CallKernel")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "native", "NativeWork.MeasureText", "NativeWork.CallLibc")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "system", "NativeWork.ReadZeros", "NativeWork.CallKernel")]
    public async Task TheCallerOfACallerOfNativeCodeIsNotHidden(string runtime, string name, string function, string caller)
    {
        // Until the bounds of a thread's stack have been looked for the ends of large stacks are missing: on a busy machine in more
        // than the first moment.
        RawProfile profile = (await workloads.MeasureAsync(runtime, name, 2, measured => measured.Profile.Cumulative(function, caller) >= Least(measured.Profile))).Profile;

        Assert.True(profile.Cumulative(function) > 0, profile.Largest(without: function));
        Assert.InRange(profile.Cumulative(function, caller), Least(profile), profile.Cumulative(function));

        // On a busy machine there are so few that one of them is more.
        double Least(RawProfile profile) => (profile.Cumulative(function) * 0.98) - Period;
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TwoProfilesAtDifferentRatesAreBothRight()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        await workload.StartAsync("split", 2);

        Measured[] both = await BothAsync();
        if (!both.All(static measured => measured.AreSharesWithin(points: 4)))
            both = [.. both.Zip(await BothAsync(), static (first, second) => first.And(second))];

        await workload.StopAsync();
        Assert.All(both, static measured => Assert.InRange(measured.SumRatio, 0.95, 1.05));
        Assert.All(both, static measured => measured.AssertShares(points: 4));
        Assert.Contains("Period: 10000000\n", both[0].Profile.Text);
        Assert.Contains("Period: 1003009\n", both[1].Profile.Text);

        Task<Measured[]> BothAsync() => Task.WhenAll(workload.MeasureAsync("seconds=5&hz=100"), workload.MeasureAsync("seconds=5&hz=997"));
    }

    /// <summary>A thread for each kind of fault, all in one profile: some 700 samples of each.</summary>
    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task WhatAFaultCostsIsUnderTheMethodThatCatchesIt(string runtime)
    {
        // On a busy machine the questions before and after a profile take their time, in which others get theirs.
        Measured measured = await workloads.MeasureAsync(
            runtime, "fault-kinds", s_faults.Length, static measured => Array.TrueForAll(s_faults, fault => Share(measured, fault) >= 0.95), Workloads.TenSeconds);

        Assert.All(s_faults, fault => Assert.True(
            Share(measured, fault) >= 0.95, $"{fault}: {Share(measured, fault):P1}. Elsewhere:\n{measured.Profile.Largest(without: "FaultWork." + fault)}"));

        static double Share(Measured measured, string fault) =>
            measured.Profile.Cumulative("FaultWork." + fault) / (measured.Used[fault] * measured.Profile.Seconds * 1e9 / measured.Used["clock"]);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task ADeepStackReachesItsRoot()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        await workload.StartAsync("deep");

        RawProfile profile = (await workload.MeasureAsync("seconds=5&hz=250")).Profile;

        await workload.StopAsync();
        Assert.True(profile.Cumulative("CpuWork.Descend") > 0, profile.Largest(without: "CpuWork.Descend"));
        Assert.InRange((double)profile.Cumulative("CpuWork.Descend", "CpuWork.Deep") / profile.Cumulative("CpuWork.Descend"), 0.98, 1);
    }
}

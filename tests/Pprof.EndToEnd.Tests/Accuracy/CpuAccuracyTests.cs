using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>
/// CPU profiles of workloads that time themselves by the kernel's clocks. Runs real time: a share is right within some
/// points only after some thousand samples.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class CpuAccuracyTests(Workloads workloads)
{
    // Chance has its share in a sampled profile: what is off by chance is not off again with more samples.
    private const int MaxProfiles = 6;

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "split", 1)]
    [InlineData(Workloads.Jit, "split", 2)]
    [InlineData(Workloads.Jit, "split", 50)]
    [InlineData(Workloads.Jit, "short", 1)]
    [InlineData(Workloads.Jit, "system", 2)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split", 1)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "split", 50)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "short", 1)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "system", 2)]
    public async Task TheProfileAddsUpToWhatTheProcessUsed(string runtime, string name, int threads)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync(name, threads);

        Measured measured = await workload.MeasureAsync("seconds=5");

        await workload.StopAsync();
        Assert.True(measured.Profile.Seconds >= 5, $"{measured.Profile.Seconds} of 5 seconds were profiled.");
        Assert.InRange(measured.SumRatio, 0.95, 1.05);

        // What no sample saw is accounted for, but a profile is to show stacks.
        Assert.InRange(measured.Profile.Unattributed, 0, name == "short" ? 0.15 : 0.05);
    }

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
        Measured measured = await workloads.MeasureAsync(runtime, name);

        // Sampling has an error of its own, which shrinks with the number of samples; a bias does not go away.
        if (measured.LargestError > 2)
        {
            Workload workload = await workloads.StartAsync(runtime);
            await workload.StartAsync(name, 2);
            for (int profiles = 1; measured.LargestError > 2 && profiles < MaxProfiles; profiles++)
                measured = measured.And(await workload.MeasureAsync(Workloads.TenSeconds));

            await workload.StopAsync();
        }

        measured.AssertShares(points: 2);
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
        RawProfile profile = (await workloads.MeasureAsync(runtime, name)).Profile;

        Assert.True(profile.Cumulative(function) > 0, profile.Largest(without: function));
        Assert.InRange((double)profile.Cumulative(function, caller) / profile.Cumulative(function), 0.98, 1);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TwoProfilesAtDifferentRatesAreBothRight()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        await workload.StartAsync("split", 2);

        Measured[] both = await Task.WhenAll(workload.MeasureAsync("seconds=10&hz=100"), workload.MeasureAsync("seconds=10&hz=997"));

        await workload.StopAsync();
        Assert.All(both, static measured => Assert.InRange(measured.SumRatio, 0.95, 1.05));
        Assert.All(both, static measured => measured.AssertShares(points: 4));
        Assert.Contains("Period: 10000000\n", both[0].Profile.Text);
        Assert.Contains("Period: 1003009\n", both[1].Profile.Text);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit, "faults", "RunOne")]
    [InlineData(Workloads.Jit, "fault-null", "CatchNullReferences")]
    [InlineData(Workloads.Jit, "fault-division", "CatchDivisions")]
    [InlineData(Workloads.Jit, "fault-filter", "CatchByFilter")]
    [InlineData(Workloads.Jit, "fault-finally", "CatchAfterFinally")]
    [InlineData(Workloads.Jit, "fault-nested", "CatchNested")]
    [InlineData(Workloads.Jit, "fault-deep", "CatchFromDeep")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "faults", "RunOne")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-null", "CatchNullReferences")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-division", "CatchDivisions")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-filter", "CatchByFilter")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-finally", "CatchAfterFinally")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-nested", "CatchNested")]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot, "fault-deep", "CatchFromDeep")]
    public async Task WhatAFaultCostsIsUnderTheMethodThatCatchesIt(string runtime, string name, string method)
    {
        Workload workload = await workloads.StartAsync(runtime);
        await workload.StartAsync(name);

        // On a busy machine the questions before and after a profile take their time, in which others get theirs.
        Measured measured = await workload.MeasureAsync();
        for (int profiles = 1; Share() < 0.95 && profiles < MaxProfiles; profiles++)
            measured = measured.And(await workload.MeasureAsync());

        await workload.StopAsync();
        Assert.True(Share() >= 0.95, $"{Share():P1}. Elsewhere:\n{measured.Profile.Largest(without: "FaultWork." + method)}");

        double Share() =>
            measured.Profile.Cumulative("FaultWork." + method) / (measured.Used[method] * measured.Profile.Seconds * 1e9 / measured.Used["clock"]);
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task ADeepStackReachesItsRoot()
    {
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        await workload.StartAsync("deep");

        RawProfile profile = (await workload.MeasureAsync()).Profile;

        await workload.StopAsync();
        Assert.True(profile.Cumulative("CpuWork.Descend") > 0, profile.Largest(without: "CpuWork.Descend"));
        Assert.InRange((double)profile.Cumulative("CpuWork.Descend", "CpuWork.Deep") / profile.Cumulative("CpuWork.Descend"), 0.98, 1);
    }
}

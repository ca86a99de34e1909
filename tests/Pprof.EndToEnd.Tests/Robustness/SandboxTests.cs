using System.Globalization;
using System.Net;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Native;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// The CPU profile where services run: without any privilege, under a container's filter of system calls. Runs real time:
/// its profiles have seconds.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class SandboxTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly GoToolPprof _pprof = new();

    public void Dispose()
    {
        _pprof.Dispose();
        _folder.Dispose();
    }

    [ToolTheory(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [InlineData(Workloads.Aot)]
    [Measures]
    public async Task ProfilesAreRightForNobodyUnderDockersFilter(string runtime)
    {
        using RunningService service = await StartAsync(runtime);
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("native");
        // What the first request compiles is used before its profile begins, and a machine that others use takes its time.
        await workload.MeasureAsync("seconds=3");

        Measured measured = await workload.MeasureAsync("seconds=3&hz=250");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        RawProfile profile = measured.Profile;
        Assert.InRange((double)profile.Cumulative("NativeWork.MeasureText", "NativeWork.CallLibc") / profile.Cumulative("NativeWork.MeasureText"), 0.97, 1);
        Assert.InRange(measured.SectionRatio, 0.9, 1.1);
    }

    [ToolTheory(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    [InlineData(Workloads.Jit, 0)]
    [InlineData(Workloads.Aot, 27)]
    [Measures]
    public async Task SignalsThatWhatStartedTheServiceBlockedComeAllTheSame(string runtime, int signal)
    {
        using RunningService service = await StartAsync(runtime, "--block", $"{signal}");
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("split");
        // The JIT's second tier has most of its work at first.
        await workload.MeasureAsync("seconds=3");

        Measured measured = await workload.MeasureAsync("seconds=3&hz=250");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        // Threads that are older than the package's first call, such as that of the JIT's second tier, keep it blocked.
        Assert.InRange(measured.Profile.Unattributed, 0, 0.2);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task AProfileNamesTheThreadsThatBlockItsSignal(string runtime)
    {
        using RunningService service = await StartPlainAsync(runtime);
        await new Workload(service, _pprof).StartAsync("blocked", 2);

        string file = await _pprof.FetchAsync(service.Client, "/debug/pprof/profile?seconds=2");

        Assert.Contains("no sample shows: 2; neither what starts the service", await _pprof.PrintAsync("-comments", file));
    }

    [ToolTheory(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [InlineData(Workloads.Aot)]
    [Measures]
    public async Task WhereSignalsAreScarceTheRuntimeStopsItsThreadsAsFastAsWithoutAProfile(string runtime)
    {
        using RunningService service = await StartAsync(runtime, "--signals", "60");
        await new Workload(service, _pprof).StartAsync("crowd", 60);
        Task<string> profile = _pprof.FetchAsync(service.Client, "/debug/pprof/profile?seconds=4");
        await Task.Delay(TimeSpan.FromSeconds(1));
        var collections = new List<double>();
        for (int i = 0; i < 5; i++)
            collections.Add(double.Parse(await service.Client.GetStringAsync("/collect"), CultureInfo.InvariantCulture));

        // A busy machine makes one slow; without a signal each waits until the loop is over.
        Assert.InRange(collections.Min(), 0, 50);
        string file = await profile;
        Assert.Contains("the process's timer sampled them", await _pprof.PrintAsync("-comments", file));
        var raw = new RawProfile(await _pprof.PrintAsync("-raw", file));
        Assert.InRange((double)raw.Cumulative("CrowdWork.Spin") / raw.Total, 0.5, 1);
    }

    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData(Workloads.Aot, "--no-timers", "errno 1;", "profile")]
    [InlineData(Workloads.Aot, "--no-proc", "mount /proc", "profile")]
    [InlineData(Workloads.Aot, "--no-proc", "mount /proc", "threadcreate")]
    public async Task WhatTheSystemRefusesIsNamed(string runtime, string option, string reason, string profile)
    {
        using RunningService service = await StartAsync(runtime, option);

        HttpResponseMessage response = await service.Client.GetAsync($"/debug/pprof/{profile}");

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Contains(reason, await response.Content.ReadAsStringAsync());
        Assert.DoesNotContain("could not be collected", service.Output);
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    [Measures]
    public async Task WithTheJitTheRuntimeSamplesWhereTimersAreForbidden()
    {
        using RunningService service = await StartAsync(Workloads.Jit, "--no-timers");
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("split");
        await workload.MeasureAsync("seconds=3");

        string file = await _pprof.FetchAsync(service.Client, "/debug/pprof/profile?seconds=3");

        Assert.Contains("why not by timers: timer_create(2)", await _pprof.PrintAsync("-comments", file));
        var profile = new RawProfile(await _pprof.PrintAsync("-raw", file));
        Assert.InRange((double)profile.Cumulative("CpuWork.Split") / profile.Total, 0.7, 1);
    }

    // RLIMIT_NPROC and RLIMIT_NOFILE of getrlimit(2). Without threads NativeAOT's own pool ends the process, now or soon.
    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData(Workloads.Jit, 6, "ulimit -u")]
    [InlineData(Workloads.Jit, 7, "ulimit -n")]
    [InlineData(Workloads.Aot, 7, "ulimit -n")]
    public async Task WhatHasRunOutIsNamed(string runtime, int resource, string remedy)
    {
        using RunningService service = await StartAsync(runtime);
        (await service.Client.GetAsync("/debug/pprof/profile?seconds=1")).EnsureSuccessStatusCode();
        (await service.Client.GetAsync($"/limit?resource={resource}")).EnsureSuccessStatusCode();

        HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/profile?seconds=1");

        string text = await response.Content.ReadAsStringAsync();
        Assert.Contains(remedy, text);
        Assert.DoesNotContain("Exception of type", text);
        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.DoesNotContain("could not be collected", service.Output);
    }

    /// <summary>What is there is served; what needs a thread says so, unless the runtime has one for it.</summary>
    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task WithoutThreadsNothingFailsForReasonsUntold()
    {
        using RunningService service = await StartAsync(Workloads.Jit);
        (await service.Client.GetAsync("/debug/pprof/heap")).EnsureSuccessStatusCode();
        (await service.Client.GetAsync("/debug/pprof/profile?seconds=1")).EnsureSuccessStatusCode();
        (await service.Client.GetAsync("/limit?resource=6")).EnsureSuccessStatusCode();

        foreach (string address in new[] { "heap", "allocs?debug=1", "delta_heap", "threadcreate" })
            Assert.Equal((address, HttpStatusCode.OK), (address, (await service.Client.GetAsync("/debug/pprof/" + address)).StatusCode));

        foreach (string address in new[] { "heap?seconds=1", "heap?view=types", "goroutine?async=0", "block?seconds=1", "wall?seconds=1", "trace?seconds=1" })
        {
            HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/" + address);

            string text = await response.Content.ReadAsStringAsync();
            Assert.True(
                response.StatusCode == HttpStatusCode.OK || (response.StatusCode == HttpStatusCode.NotImplemented && text.Contains("ulimit -u", StringComparison.Ordinal)),
                $"{address}: {response.StatusCode} {text}");
        }
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task WhereNoSignalMayBePendingTheLimitIsNamed()
    {
        using RunningService service = await StartAsync(Workloads.Aot, "--signals", "0");

        HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/profile?seconds=1");

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Contains("ulimit -i", await response.Content.ReadAsStringAsync());
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task WithoutExecutableMemoryTheReasonAndTheRemedyAreServed()
    {
        using RunningService service = await StartAsync(Workloads.Aot, "--no-exec");

        HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/profile?seconds=1");

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-Go-Pprof")));
        Assert.Contains("executable memory", await response.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, (await service.Client.GetAsync("/debug/pprof/")).StatusCode);
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task AnOwnerOfTheSignalIsLeftAlone()
    {
        using RunningService service = await RunningService.StartAsync(
            Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), ["--own-sigprof"]);

        HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/profile?seconds=1");

        Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
        Assert.Contains("SIGPROF", await response.Content.ReadAsStringAsync());
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task OnCoreClrAnotherProfilerDoesNotMatter()
    {
        using RunningService service = await Workloads.StartBuiltAsync("--own-sigprof");
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("split");
        await workload.MeasureAsync("seconds=1");

        Measured measured = await workload.MeasureAsync("seconds=3&hz=250");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        Assert.InRange(measured.Profile.Unattributed, 0, 0.05);
    }

    private static async Task<RunningService> StartPlainAsync(string runtime) => runtime == Workloads.Aot
        ? await RunningService.StartAsync(Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), [])
        : await Workloads.StartBuiltAsync();

    /// <summary>Starts the workload program, which anybody may read where it is copied to, in the sandbox.</summary>
    private async Task<RunningService> StartAsync(string runtime, params string[] options)
    {
        string sandbox = await NativeProgram.CompileAsync("sandbox", _folder);
        string source = runtime == Workloads.Aot ? await Workloads.PublishAsync() : Path.GetDirectoryName(Workloads.BuiltAssembly)!;
        string copy = Path.Combine(_folder.Path, "program");
        await ChildProcess.RunAsync("cp", ["-r", source, copy]);
        await ChildProcess.RunAsync("chmod", ["-R", "a+rX", _folder.Path]);
        string[] program = runtime == Workloads.Aot
            ? [Path.Combine(copy, "Pprof.Workloads")]
            : [DotNet.Path, Path.Combine(copy, Path.GetFileName(Workloads.BuiltAssembly))];
        return await RunningService.StartAsync(sandbox, [.. options, .. program], copy);
    }
}

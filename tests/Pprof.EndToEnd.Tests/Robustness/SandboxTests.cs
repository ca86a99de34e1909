using System.Net;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Native;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>The CPU profile where services run: without any privilege, under a container's filter of system calls.</summary>
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
    public async Task ProfilesAreRightForNobodyUnderDockersFilter(string runtime)
    {
        using RunningService service = await StartAsync(runtime);
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("native");
        await workload.MeasureAsync("seconds=1");

        Measured measured = await workload.MeasureAsync("seconds=5&hz=250");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        RawProfile profile = measured.Profile;
        Assert.InRange((double)profile.Cumulative("NativeWork.MeasureText", "NativeWork.CallLibc") / profile.Cumulative("NativeWork.MeasureText"), 0.97, 1);
        // The rest is what a process does of its own: compilation, requests.
        Assert.InRange((double)profile.Cumulative("NativeWork.CallLibc") / profile.Total, 0.8, 1);
    }

    [ToolTheory(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    [InlineData(Workloads.Jit, 0)]
    [InlineData(Workloads.Aot, 27)]
    public async Task SignalsThatWhatStartedTheServiceBlockedComeAllTheSame(string runtime, int signal)
    {
        using RunningService service = await StartAsync(runtime, "--block", $"{signal}");
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("split");
        await workload.MeasureAsync("seconds=1");

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

using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The signal handler's bytes: what they do, and that they are what the source compiles to.</summary>
[Collection(nameof(Workloads))]
public sealed class HandlerTests : IDisposable
{
    private static readonly MachineCode s_handler = new(
        "CpuTime/Signals", ["handler.c", "handler.ld", "build.sh"],
        SignalHandlerCode.SourceHash, SignalHandlerCode.CompilerVersion, SignalHandlerCode.X64.ToArray(), SignalHandlerCode.Arm64.ToArray());

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheBytesOfThisArchitectureDoWhatTheyPromise()
    {
        string program = await NativeProgram.CompileAsync("handler_test", _folder);

        ProcessResult result = await ChildProcess.RunAsync(program, [s_handler.Write(MachineCode.ThisArchitecture, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolFact(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    public async Task TheBytesForArm64DoWhatTheyPromiseUnderEmulation()
    {
        string program = await NativeProgram.CompileAsync(Tools.PathOf(Tools.Arm64Compiler), "handler_test", _folder, "-static");

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), [program, s_handler.Write(MachineCode.Arm64Name, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(MachineCode.Arm64Name, Tools.Arm64Compiler)]
    public Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler) =>
        s_handler.IsWhatTheSourceCompilesToAsync(architecture, compiler, _folder);

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere() => s_handler.WasMadeOfTheSourceThatIsHere();

    [ToolFact(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    public async Task AHandlerThatAnotherCompilerMadeGivesTheSameProfiles()
    {
        string handler = await s_handler.CompileAsync(MachineCode.ThisArchitecture, _folder, Tools.PathOf(Tools.NativeCompiler));
        using var pprof = new GoToolPprof();
        using RunningService service = await Workloads.StartBuiltAsync("--handler", handler);
        var workload = new Workload(service, pprof);
        await workload.StartAsync("wrapper");
        await workload.MeasureAsync("seconds=1");

        Measured measured = await workload.MeasureAsync("seconds=5");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        Assert.InRange((double)measured.Profile.Cumulative("CpuWork.Probe", "CpuWork.Wrapped") / measured.Profile.Cumulative("CpuWork.Probe"), 0.98, 1);
    }
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The signal handler's bytes: what they do, and that they are what the source compiles to.</summary>
[Collection(nameof(Workloads))]
public sealed class HandlerTests : IDisposable
{
    private const string X64 = "x86_64";
    private const string Arm64 = "aarch64";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheBytesOfThisArchitectureDoWhatTheyPromise()
    {
        string program = await NativeProgram.CompileAsync("handler_test", _folder);
        bool arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        ProcessResult result = await ChildProcess.RunAsync(program, [Write(arm64 ? SignalHandlerCode.Arm64 : SignalHandlerCode.X64)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolFact(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    public async Task TheBytesForArm64DoWhatTheyPromiseUnderEmulation()
    {
        string program = await NativeProgram.CompileAsync(Tools.PathOf(Tools.Arm64Compiler), "handler_test", _folder, "-static");

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), [program, Write(SignalHandlerCode.Arm64)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(X64, Tools.X64Compiler)]
    [InlineData(Arm64, Tools.Arm64Compiler)]
    public async Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler)
    {
        // Another release of the compiler may choose other instructions; the one that made the bytes must make them again.
        string version = (await ChildProcess.RunAsync(Tools.PathOf(compiler), ["-dumpversion"])).Succeeded().Output.Trim();
        string built = await NativeProgram.CompileHandlerAsync(architecture, _folder);

        byte[] bytes = await File.ReadAllBytesAsync(built);

        byte[] shipped = (architecture == X64 ? SignalHandlerCode.X64 : SignalHandlerCode.Arm64).ToArray();
        if (version == SignalHandlerCode.CompilerVersion)
            Assert.Equal(shipped, bytes);
        else
            Assert.InRange(bytes.Length, shipped.Length / 2, shipped.Length * 2);
    }

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere()
    {
        string folder = Repository.PathOf("src", "Pprof.Runtime", "Sources", "CpuTime", "Signals", "Native");
        // Whatever the line ends of this checkout are.
        byte[] source = [.. new[] { "handler.c", "handler.ld", "build.sh", "../../../Native/kernel.h" }.SelectMany(name => File.ReadAllBytes(Path.Combine(folder, name))).Where(static b => b != (byte)'\r')];

        Assert.Equal(SignalHandlerCode.SourceHash, Convert.ToHexStringLower(SHA256.HashData(source)));
    }

    [ToolFact(Tools.Linux, Tools.NativeCompiler, Tools.Go)]
    public async Task AHandlerThatAnotherCompilerMadeGivesTheSameProfiles()
    {
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64 : X64;
        string handler = await NativeProgram.CompileHandlerAsync(architecture, _folder, Tools.PathOf(Tools.NativeCompiler));
        using var pprof = new GoToolPprof();
        using RunningService service = await Workloads.StartBuiltAsync("--handler", handler);
        var workload = new Workload(service, pprof);
        await workload.StartAsync("wrapper");
        await workload.MeasureAsync("seconds=1");

        Measured measured = await workload.MeasureAsync("seconds=5");

        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        Assert.InRange((double)measured.Profile.Cumulative("CpuWork.Probe", "CpuWork.Wrapped") / measured.Profile.Cumulative("CpuWork.Probe"), 0.98, 1);
    }

    private string Write(ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_folder.Path, "handler.bin");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}

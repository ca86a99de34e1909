using Pprof.Sources.Snapshot.Dac;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The guard's bytes: what they do, and that they are what the source compiles to.</summary>
public sealed class DacGuardTests : IDisposable
{
    private static readonly MachineCode s_guard = new(
        "Snapshot/Dac", ["guard.c", "guard.ld", "build.sh"],
        DacGuardCode.SourceHash, DacGuardCode.CompilerVersion, DacGuardCode.X64.ToArray(), DacGuardCode.Arm64.ToArray());

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheBytesOfThisArchitectureDoWhatTheyPromise()
    {
        string program = await NativeProgram.CompileAsync("guard_test", _folder);

        ProcessResult result = await ChildProcess.RunAsync(program, [s_guard.Write(MachineCode.ThisArchitecture, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolFact(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    public async Task TheBytesForArm64DoWhatTheyPromiseUnderEmulation()
    {
        string program = await NativeProgram.CompileAsync(Tools.PathOf(Tools.Arm64Compiler), "guard_test", _folder, "-static");

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), [program, s_guard.Write(MachineCode.Arm64Name, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(MachineCode.Arm64Name, Tools.Arm64Compiler)]
    public Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler) =>
        s_guard.IsWhatTheSourceCompilesToAsync(architecture, compiler, _folder);

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere() => s_guard.WasMadeOfTheSourceThatIsHere();
}

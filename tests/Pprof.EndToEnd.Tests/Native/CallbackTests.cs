using Pprof.Sources.Allocations.Callback;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The library of the allocation callback: what it writes, and that it is what its source compiles to.</summary>
public sealed class CallbackTests : IDisposable
{
    private static readonly MachineCode s_library = new(
        "Allocations/Callback", ["callback.c", "build.sh", "../../Native/ring.h"],
        CallbackLibrary.SourceHash, CallbackLibrary.CompilerVersion, CallbackLibrary.X64.ToArray(), CallbackLibrary.Arm64.ToArray());

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheLibraryOfThisArchitectureDoesWhatItPromises()
    {
        string program = await NativeProgram.CompileAsync("callback_test", _folder);

        ProcessResult result = await ChildProcess.RunAsync(program, [s_library.Write(MachineCode.ThisArchitecture, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolFact(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    public async Task TheLibraryForArm64DoesWhatItPromisesUnderEmulation()
    {
        string compiler = Tools.PathOf(Tools.Arm64Compiler);
        string program = await NativeProgram.CompileAsync(compiler, "callback_test", _folder);
        // It is loaded by the C library of that architecture, which comes with the compiler.
        string loader = (await ChildProcess.RunAsync(compiler, ["-print-file-name=ld-linux-aarch64.so.1"])).Succeeded().Output.Trim();
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(loader)!, ".."));

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), ["-L", root, program, s_library.Write(MachineCode.Arm64Name, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(MachineCode.Arm64Name, Tools.Arm64Compiler)]
    public Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler) =>
        s_library.IsWhatTheSourceCompilesToAsync(architecture, compiler, _folder);

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere() => s_library.WasMadeOfTheSourceThatIsHere();
}

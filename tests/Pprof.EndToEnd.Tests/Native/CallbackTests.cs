using Pprof.Sources.Allocations.Callback;
using Pprof.Sources.Waits.Callback;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The libraries of the callbacks: what they write, and that they are what their sources compile to.</summary>
public sealed class CallbackTests : IDisposable
{
    private const string Allocations = "callback_test";
    private const string Waits = "wait_callback_test";

    // By the program that drives it.
    private static readonly Dictionary<string, MachineCode> s_libraries = new()
    {
        [Allocations] = new MachineCode(
            "Allocations/Callback", ["callback.c", "build.sh", "profiler.h", "profiler.sh", "../../Native/ring.h"],
            CallbackLibrary.SourceHash, CallbackLibrary.CompilerVersion, CallbackLibrary.X64.ToArray(), CallbackLibrary.Arm64.ToArray()),
        [Waits] = new MachineCode(
            "Waits/Callback",
            ["callback.c", "build.sh", "../../../Allocations/Callback/Native/profiler.h", "../../../Allocations/Callback/Native/profiler.sh", "../../../Allocations/Native/ring.h"],
            WaitCallbackLibrary.SourceHash, WaitCallbackLibrary.CompilerVersion, WaitCallbackLibrary.X64.ToArray(), WaitCallbackLibrary.Arm64.ToArray()),
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolTheory(Tools.Linux, Tools.NativeCompiler)]
    [InlineData(Allocations)]
    [InlineData(Waits)]
    public async Task TheLibraryOfThisArchitectureDoesWhatItPromises(string name)
    {
        string program = await NativeProgram.CompileAsync(name, _folder);

        ProcessResult result = await ChildProcess.RunAsync(program, [s_libraries[name].Write(MachineCode.ThisArchitecture, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    [InlineData(Allocations)]
    [InlineData(Waits)]
    public async Task TheLibraryForArm64DoesWhatItPromisesUnderEmulation(string name)
    {
        string compiler = Tools.PathOf(Tools.Arm64Compiler);
        string program = await NativeProgram.CompileAsync(compiler, name, _folder);
        // It is loaded by the C library of that architecture, which comes with the compiler.
        string loader = (await ChildProcess.RunAsync(compiler, ["-print-file-name=ld-linux-aarch64.so.1"])).Succeeded().Output.Trim();
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(loader)!, ".."));

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), ["-L", root, program, s_libraries[name].Write(MachineCode.Arm64Name, _folder)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(Allocations, MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(Allocations, MachineCode.Arm64Name, Tools.Arm64Compiler)]
    [InlineData(Waits, MachineCode.X64Name, Tools.X64Compiler)]
    [InlineData(Waits, MachineCode.Arm64Name, Tools.Arm64Compiler)]
    public Task TheBytesAreWhatTheSourceCompilesTo(string name, string architecture, string compiler) =>
        s_libraries[name].IsWhatTheSourceCompilesToAsync(architecture, compiler, _folder);

    [Theory]
    [InlineData(Allocations)]
    [InlineData(Waits)]
    public void TheBytesWereMadeOfTheSourceThatIsHere(string name) => s_libraries[name].WasMadeOfTheSourceThatIsHere();
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pprof.Sources.Allocations.Callback;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The library of the allocation callback: what it writes, and that it is what its source compiles to.</summary>
public sealed class CallbackTests : IDisposable
{
    private const string X64 = "x86_64";
    private const string Arm64 = "aarch64";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task TheLibraryOfThisArchitectureDoesWhatItPromises()
    {
        string program = await NativeProgram.CompileAsync("callback_test", _folder);
        bool arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

        ProcessResult result = await ChildProcess.RunAsync(program, [Write(arm64 ? CallbackLibrary.Arm64 : CallbackLibrary.X64)]);

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

        ProcessResult result = await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), ["-L", root, program, Write(CallbackLibrary.Arm64)]);

        Assert.Equal("passed", result.Succeeded().Output.Trim());
    }

    [ToolTheory(Tools.Linux, Tools.X64Compiler, Tools.Arm64Compiler)]
    [InlineData(X64, Tools.X64Compiler)]
    [InlineData(Arm64, Tools.Arm64Compiler)]
    public async Task TheBytesAreWhatTheSourceCompilesTo(string architecture, string compiler)
    {
        // Another release of the compiler may choose other instructions; the one that made the bytes must make them again.
        string version = (await ChildProcess.RunAsync(Tools.PathOf(compiler), ["-dumpversion"])).Succeeded().Output.Trim();
        string library = Path.Combine(_folder.Path, $"callback.{architecture}.so");

        (await ChildProcess.RunAsync("bash", [PathOf("build.sh"), architecture, library])).Succeeded();

        byte[] bytes = await File.ReadAllBytesAsync(library);
        byte[] shipped = (architecture == X64 ? CallbackLibrary.X64 : CallbackLibrary.Arm64).ToArray();
        if (version == CallbackLibrary.CompilerVersion)
            Assert.Equal(shipped, bytes);
        else
            Assert.InRange(bytes.Length, shipped.Length / 2, shipped.Length * 2);
    }

    [Fact]
    public void TheBytesWereMadeOfTheSourceThatIsHere()
    {
        // Whatever the line ends of this checkout are.
        byte[] source = [.. new[] { "callback.c", "build.sh", "../../Native/ring.h" }.SelectMany(name => File.ReadAllBytes(PathOf(name))).Where(static b => b != (byte)'\r')];

        Assert.Equal(CallbackLibrary.SourceHash, Convert.ToHexStringLower(SHA256.HashData(source)));
    }

    private string Write(ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(_folder.Path, "callback.so");
        File.WriteAllBytes(path, bytes);
        return path;
    }

    private static string PathOf(string name) =>
        Repository.PathOf("src", "Pprof.Runtime", "Sources", "Allocations", "Callback", "Native", name);
}

using System.Security.Cryptography;
using Pprof.Sources.Allocations.Callback;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The library of the allocation callback: that it is what its source compiles to, and needs nothing else.</summary>
public sealed class CallbackTests : IDisposable
{
    private const string X64 = "x86_64";
    private const string Arm64 = "aarch64";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
        byte[] source = [.. new[] { "callback.c", "build.sh" }.SelectMany(name => File.ReadAllBytes(PathOf(name))).Where(static b => b != (byte)'\r')];

        Assert.Equal(CallbackLibrary.SourceHash, Convert.ToHexStringLower(SHA256.HashData(source)));
    }

    private static string PathOf(string name) =>
        Repository.PathOf("src", "Pprof.Runtime", "Sources", "Allocations", "Callback", "Native", name);
}

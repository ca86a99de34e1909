using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>Bytes that a build.sh of the package has made of C, for both architectures, and what is to be held of them.</summary>
internal sealed record MachineCode(string Folder, string[] Sources, string SourceHash, string CompilerVersion, byte[] X64, byte[] Arm64)
{
    public const string X64Name = "x86_64";
    public const string Arm64Name = "aarch64";

    private static readonly string s_shared = Repository.PathOf("src", "Pprof.Runtime", "Process", "Native");

    /// <summary>As the compiler's names have it.</summary>
    public static string ThisArchitecture => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64Name : X64Name;

    /// <summary>Writes the shipped bytes into a file. Returns its path.</summary>
    public string Write(string architecture, TemporaryFolder folder)
    {
        string path = Path.Combine(folder.Path, $"shipped.{architecture}");
        File.WriteAllBytes(path, Of(architecture));
        return path;
    }

    /// <summary>Compiles the sources again, by the compiler that made the bytes or by another. Returns the file's path.</summary>
    public async Task<string> CompileAsync(string architecture, TemporaryFolder folder, string? compiler = null)
    {
        string path = Path.Combine(folder.Path, $"compiled.{architecture}");
        var environment = new Dictionary<string, string>();
        if (compiler is not null)
            environment[$"CC_{architecture}"] = compiler;

        (await ChildProcess.RunAsync("bash", [PathOf("build.sh"), architecture, path], environment: environment)).Succeeded();
        return path;
    }

    /// <summary>Another release of the compiler may choose other instructions; the one that made the bytes must make them again.</summary>
    public async Task IsWhatTheSourceCompilesToAsync(string architecture, string compiler, TemporaryFolder folder)
    {
        string version = (await ChildProcess.RunAsync(Tools.PathOf(compiler), ["-dumpversion"])).Succeeded().Output.Trim();

        byte[] bytes = await File.ReadAllBytesAsync(await CompileAsync(architecture, folder));

        byte[] shipped = Of(architecture);
        if (version == CompilerVersion)
            Assert.Equal(shipped, bytes);
        else
            Assert.InRange(bytes.Length, shipped.Length / 2, shipped.Length * 2);
    }

    public void WasMadeOfTheSourceThatIsHere()
    {
        // Whatever the line ends of this checkout are.
        byte[] source = [.. Sources
            .Select(PathOf)
            .Append(Path.Combine(s_shared, "kernel.h")).Append(Path.Combine(s_shared, "machine-code.sh"))
            .SelectMany(File.ReadAllBytes)
            .Where(static b => b != (byte)'\r')];

        Assert.Equal(SourceHash, Convert.ToHexStringLower(SHA256.HashData(source)));
    }

    private byte[] Of(string architecture) => architecture == X64Name ? X64 : Arm64;

    private string PathOf(string name) => Path.Combine(Repository.PathOf("src", "Pprof.Runtime", "Sources"), Folder, "Native", name);
}

using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pprof.Testing;

/// <summary>
/// The repository's own programs as NativeAOT. The first test of a run that needs one publishes them all; the other test
/// projects, and later runs, take them as they are while no source has changed. One of them is published for arm64 too,
/// where a test asks for it.
/// </summary>
internal static class NativePrograms
{
    /// <summary>The program that there is for arm64.</summary>
    public const string Arm64Program = "AotService";

    private const string Arm64 = "linux-arm64";

    private static readonly string s_artifacts = Repository.PathOf("artifacts", "tests", "NativeAot");

    // The programs, and what their project files take from elsewhere.
    private static readonly string[] s_sources =
    [
        "src", "samples", "tests/Pprof.Workloads", "tests/Pprof.Runtime.Tests.NativeAot",
        "tests/Pprof.Runtime.Tests/Symbols", "tests/Pprof.Runtime.Tests/Unwinding/Dwarf",
        "tests/Pprof.Runtime.Tests/Collectors", "tests/Pprof.Runtime.Tests/Labels",
    ];

    private static readonly Lazy<Task> s_published = new(static () => PublishAsync(
        RuntimeInformation.RuntimeIdentifier, Tools.PathOf(Tools.NativeCompiler),
        "build", Repository.PathOf("tests", "Shared"), "-r", RuntimeInformation.RuntimeIdentifier, "-p:_IsPublishing=true"));

    private static readonly Lazy<Task> s_publishedForArm64 = new(static () => PublishAsync(
        Arm64, Tools.PathOf(Tools.CrossCompiler),
        "publish", Repository.PathOf("samples", Arm64Program), "-p:PprofSampleRuntime=" + Arm64, "-p:ObjCopyName=" + Tools.PathOf(Tools.Arm64ObjectCopy)));

    /// <summary>The folder of a program, whose file has the project's name.</summary>
    public static async Task<string> FolderOfAsync(string project)
    {
        await s_published.Value;
        return FolderOf(project, RuntimeInformation.RuntimeIdentifier);
    }

    /// <summary>The folder of <see cref="Arm64Program"/> for arm64.</summary>
    public static async Task<string> FolderForArm64Async()
    {
        await s_publishedForArm64.Value;
        return FolderOf(Arm64Program, Arm64);
    }

    private static string FolderOf(string project, string runtime) => Path.Combine(s_artifacts, "publish", project, "release_" + runtime);

    private static async Task PublishAsync(string runtime, string compiler, string verb, string folder, params string[] options)
    {
        // Before the other: who measures may come to publish, and must not wait for who waits for him.
        using QuietMachine disturbed = await QuietMachine.DisturbAsync();

        // Another process may be at it.
        Directory.CreateDirectory(s_artifacts);
        using IDisposable? turn = await FileLock.TakeAsync(Path.Combine(s_artifacts, "publish.lock"), alone: true);
        string keyFile = Path.Combine(s_artifacts, $"{verb}.{runtime}.sha256");
        string key = Key(compiler);
        if (File.Exists(keyFile) && await File.ReadAllTextAsync(keyFile) == key)
            return;

        await DotNet.BuildFirstAsync(
            verb, folder, ["-c", "Release", DotNet.WithoutAnalyzers, "--artifacts-path", s_artifacts, $"-p:CppCompilerAndLinker={Path.GetFileName(compiler)}", .. options]);
        await File.WriteAllTextAsync(keyFile, key);
    }

    /// <summary>A hash of the paths and contents of all sources, and of the compiler's name.</summary>
    private static string Key(string compiler)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(compiler));
        foreach (string file in Directory.EnumerateFiles(Repository.Root)
            .Select(static file => Path.GetFileName(file))
            .Append("tests/Shared/NativePrograms.proj")
            .Concat(s_sources.SelectMany(static folder => Repository.SourcesIn(folder)))
            .Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file));
            hash.AppendData(File.ReadAllBytes(Repository.PathOf(file)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

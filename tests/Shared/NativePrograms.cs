using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Pprof.Testing;

/// <summary>
/// The repository's own programs as NativeAOT. The first test of a run that needs one publishes them all; the other test
/// projects, and later runs, take them as they are while no source has changed.
/// </summary>
internal static class NativePrograms
{
    private static readonly string s_artifacts = Repository.PathOf("artifacts", "tests", "NativeAot");
    private static readonly string s_keyFile = Path.Combine(s_artifacts, "sources.sha256");

    // The programs, and what their project files take from elsewhere.
    private static readonly string[] s_sources =
    [
        "src", "samples", "tests/Pprof.Workloads", "tests/Pprof.Runtime.Tests.NativeAot",
        "tests/Pprof.Runtime.Tests/Symbols", "tests/Pprof.Runtime.Tests/Unwinding/Dwarf",
        "tests/Pprof.Runtime.Tests/Collectors", "tests/Pprof.Runtime.Tests/Labels",
    ];

    private static readonly Lazy<Task> s_published = new(PublishAsync);

    /// <summary>The folder of a program, whose file has the project's name.</summary>
    public static async Task<string> FolderOfAsync(string project)
    {
        await s_published.Value;
        return Path.Combine(s_artifacts, "publish", project, $"release_{RuntimeInformation.RuntimeIdentifier}");
    }

    private static async Task PublishAsync()
    {
        // Before the other: who measures may come to publish, and must not wait for who waits for him.
        using QuietMachine disturbed = await QuietMachine.DisturbAsync();

        // Another process may be at it.
        Directory.CreateDirectory(s_artifacts);
        using IDisposable? turn = await FileLock.TakeAsync(Path.Combine(s_artifacts, "publish.lock"), alone: true);
        string key = Key();
        if (File.Exists(s_keyFile) && await File.ReadAllTextAsync(s_keyFile) == key)
            return;

        await DotNet.BuildAsync(
            "build", Repository.PathOf("tests", "Shared"),
            "-c", "Release", "-r", RuntimeInformation.RuntimeIdentifier, "--artifacts-path", s_artifacts, "-p:_IsPublishing=true",
            $"-p:CppCompilerAndLinker={Path.GetFileName(Tools.PathOf(Tools.NativeCompiler))}");
        await File.WriteAllTextAsync(s_keyFile, key);
    }

    /// <summary>A hash of the paths and contents of all sources, and of the compiler's name.</summary>
    private static string Key()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(Tools.PathOf(Tools.NativeCompiler)));
        foreach (string file in Directory.EnumerateFiles(Repository.Root)
            .Append(Repository.PathOf("tests", "Shared", "NativePrograms.proj"))
            .Concat(s_sources.SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*", SearchOption.AllDirectories)))
            .Select(static file => Path.GetRelativePath(Repository.Root, file))
            .Where(static file => !IsOutput(file))
            .Order(StringComparer.Ordinal))
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(file));
            hash.AppendData(File.ReadAllBytes(Repository.PathOf(file)));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static bool IsOutput(string file) =>
        file.Split(Path.DirectorySeparatorChar) is var parts && (parts.Contains("bin") || parts.Contains("obj"));
}

using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pprof.Runtime.Tests.Symbols;

/// <summary>The program of <c>Pprof.Runtime.Tests.NativeAot</c>, compiled ahead of time when it is first asked for.</summary>
public sealed class NativeAotProgram
{
    private const string Project = "Pprof.Runtime.Tests.NativeAot";

    private readonly Lazy<string> _path = new(Publish);

    /// <summary>Path of the program.</summary>
    public string Path => _path.Value;

    /// <summary>Why it cannot be compiled here, or null.</summary>
    public static string? Missing =>
        !OperatingSystem.IsLinux() ? "needs Linux"
        : Compiler is null ? "needs clang or gcc"
        : null;

    private static string? Compiler => new[] { "clang", "gcc" }.FirstOrDefault(
        c => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => File.Exists(System.IO.Path.Combine(d, c))));

    /// <summary>The program's standard output.</summary>
    public string Run(IEnumerable<string> arguments, string input = "")
    {
        (int exitCode, string output, string errors) = Execute(Path, arguments, input);
        return exitCode == 0 ? output : throw new InvalidOperationException($"exit code {exitCode}\n{output}\n{errors}");
    }

    private static string Publish()
    {
        string root = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(root, "Pprof.sln")))
        {
            root = System.IO.Path.GetDirectoryName(root) ?? throw new InvalidOperationException("Pprof.sln is not above the tests");
        }

        // Intermediate files of its own: other tests, and the build that runs these, use those of the projects.
        string artifacts = System.IO.Path.Combine(AppContext.BaseDirectory, "native-aot");
        string published = System.IO.Path.Combine(artifacts, "published");
        string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        (int exitCode, string output, string errors) = Execute(
            "dotnet",
            [
                "publish", System.IO.Path.Combine(root, "tests", Project, $"{Project}.csproj"),
                "-r", $"linux-{architecture}", "-c", "Release", "-o", published, "--artifacts-path", artifacts,
                "-nodeReuse:false", "-p:UseSharedCompilation=false", $"-p:CppCompilerAndLinker={Compiler}",
            ]);
        return exitCode == 0
            ? System.IO.Path.Combine(published, Project)
            : throw new InvalidOperationException($"cannot publish {Project}\n{output}\n{errors}");
    }

    private static (int ExitCode, string Output, string Errors) Execute(
        string program, IEnumerable<string> arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.Result, errors.Result);
    }
}

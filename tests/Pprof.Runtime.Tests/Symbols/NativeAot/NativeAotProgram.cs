using System.Diagnostics;
using System.Runtime.InteropServices;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.NativeAot;

/// <summary>The program of <c>Pprof.Runtime.Tests.NativeAot</c>, compiled ahead of time.</summary>
public sealed class NativeAotProgram : IAsyncLifetime
{
    private const string Project = "Pprof.Runtime.Tests.NativeAot";

    // Intermediate files of its own: other tests, and the build that runs these, use those of the projects.
    private static readonly string s_artifacts = System.IO.Path.Combine(AppContext.BaseDirectory, "native-aot");
    private static readonly string s_published = System.IO.Path.Combine(s_artifacts, "published");

    /// <summary>Path of the program.</summary>
    public string Path { get; } = System.IO.Path.Combine(s_published, Project);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Tools.SkipReason(Tools.Linux, Tools.NativeCompiler) is null)
        {
            string architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
            await DotNet.BuildAsync(
                "publish",
                Repository.PathOf("tests", Project),
                "-r", $"linux-{architecture}", "-o", s_published, "--artifacts-path", s_artifacts,
                $"-p:CppCompilerAndLinker={System.IO.Path.GetFileName(Tools.PathOf(Tools.NativeCompiler))}");
        }
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>The program's standard output.</summary>
    public async Task<string> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        ProcessStartInfo start = ChildProcess.Describe(Path, arguments, folder: null, environment: null);
        start.RedirectStandardInput = true;
        using var process = System.Diagnostics.Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return new ProcessResult(Path, process.ExitCode, await output, await errors).Succeeded().Output;
    }
}

using System.Diagnostics;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.NativeAot;

/// <summary>The program of <c>Pprof.Runtime.Tests.NativeAot</c>, compiled ahead of time.</summary>
public sealed class NativeAotProgram : IAsyncLifetime
{
    private const string Project = "Pprof.Runtime.Tests.NativeAot";

    /// <summary>Path of the program.</summary>
    public string Path { get; private set; } = "";

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (Tools.SkipReason(Tools.Linux, Tools.NativeCompiler) is null)
            Path = System.IO.Path.Combine(await NativePrograms.FolderOfAsync(Project), Project);
    }

    /// <inheritdoc/>
    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>Runs a case that says "ok", or what is wrong.</summary>
    public async Task AssertIsOkAsync(string cases, string name)
    {
        string said = await RunAsync([cases, name]);
        Assert.True(said == "ok\n", said);
    }

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

using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>The hook of new threads, which NativeAOT programs are linked with.</summary>
public sealed class ThreadHookTests : IDisposable
{
    private const string Program = "thread_hooks_test";

    private static readonly string[] s_options =
    [
        "-std=gnu11", "-O2", "-pthread",
        "-I", Repository.PathOf("src", "Pprof.Runtime", "Sources", "Threads", "Native"),
        "-I", Repository.PathOf("src", "Pprof.Runtime", "Sources", "Allocations", "Native"),
        "-I", Repository.PathOf("src", "Pprof.Runtime", "Process", "Native"),
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Linux, Tools.NativeCompiler)]
    public async Task OnThisArchitectureAThreadBeginsAsWithoutIt()
    {
        string program = await NativeProgram.CompileAsync(Tools.PathOf(Tools.NativeCompiler), Program, _folder, s_options);

        Assert.Equal("passed", (await ChildProcess.RunAsync(program, [])).Succeeded().Output.Trim());
    }

    [ToolFact(Tools.Linux, Tools.Arm64Compiler, Tools.Arm64Emulator)]
    public async Task OnArm64AThreadBeginsAsWithoutIt()
    {
        string program = await NativeProgram.CompileAsync(Tools.PathOf(Tools.Arm64Compiler), Program, _folder, [.. s_options, "-static"]);

        Assert.Equal("passed", (await ChildProcess.RunAsync(Tools.PathOf(Tools.Arm64Emulator), [program])).Succeeded().Output.Trim());
    }
}

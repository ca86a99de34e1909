using Pprof.Testing;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>Compiles the C programs of this folder.</summary>
internal static class NativeProgram
{
    /// <summary>Compiles a program for this machine. Returns its path.</summary>
    public static Task<string> CompileAsync(string name, TemporaryFolder folder) =>
        CompileAsync(Tools.PathOf(Tools.NativeCompiler), name, folder);

    /// <summary>Compiles a program with a compiler of its own. Returns its path.</summary>
    public static async Task<string> CompileAsync(string compiler, string name, TemporaryFolder folder, params string[] options)
    {
        string program = Path.Combine(folder.Path, name);
        string source = Repository.PathOf("tests", "Pprof.EndToEnd.Tests", "Native", name + ".c");
        (await ChildProcess.RunAsync(compiler, ["-O1", "-fno-omit-frame-pointer", .. options, source, "-o", program])).Succeeded();
        return program;
    }
}

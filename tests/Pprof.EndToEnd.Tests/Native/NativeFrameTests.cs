using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary><c>native=raw</c>: who has the symbols of a native library names its frames, by its build id.</summary>
[Collection(nameof(Workloads))]
public sealed class NativeFrameTests(Workloads workloads) : IDisposable
{
    private const string BuildId = "-Wl,--build-id=0x70707072660123456789abcdef0123456789abcd";

    private readonly GoToolPprof _pprof = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _pprof.Dispose();
        _folder.Dispose();
    }

    [ToolFact(Tools.Linux, Tools.Go, Tools.NativeCompiler, Tools.ReadElf)]
    public async Task TheToolNamesWhatWasLeftToIt()
    {
        string stripped = await CompileAsync("stripped", "-s");
        string symbols = await CompileAsync("symbols", "-g");
        Workload workload = await workloads.StartAsync(Workloads.Jit);
        (await workload.Client.GetAsync("/library?path=" + Uri.EscapeDataString(stripped))).EnsureSuccessStatusCode();
        await workload.StartAsync("library");

        string named = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=1");
        string raw = await _pprof.FetchAsync(workload.Client, "/debug/pprof/profile?seconds=1&native=raw");
        await workload.StopAsync();

        // On the machine where the tool runs the library has its symbols. It looks at the path that the profile names.
        File.Delete(stripped);
        File.Copy(symbols, stripped);
        named = await TopAsync(named);
        raw = await TopAsync(raw);

        Assert.Contains("[spin.so]", named);
        Assert.DoesNotContain("spin_inside", named);
        Assert.Contains(" spin_inside", raw);
        Assert.DoesNotContain("[spin.so]", raw);

        // What has a name here keeps it.
        Assert.Contains("LibraryWork.RunOne", raw);

        Task<string> TopAsync(string file) => _pprof.PrintAsync("-top", "-cum", file);
    }

    private async Task<string> CompileAsync(string name, string option)
    {
        string library = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, name)).FullName, "spin.so");
        string source = Repository.PathOf("tests", "Pprof.EndToEnd.Tests", "Native", "spin.c");
        (await ChildProcess.RunAsync(
            Tools.PathOf(Tools.NativeCompiler), ["-O1", "-fno-omit-frame-pointer", "-shared", "-fPIC", BuildId, option, source, "-o", library])).Succeeded();
        return library;
    }
}

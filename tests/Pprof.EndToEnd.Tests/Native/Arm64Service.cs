using Pprof.Testing;

namespace Pprof.EndToEnd.Tests.Native;

/// <summary>samples/AotService, published for arm64 and run under emulation; started when the first test needs it.</summary>
public sealed class Arm64Service : IDisposable
{
    // Where Debian's cross compiler has the C library for arm64.
    private const string Root = "/usr/aarch64-linux-gnu";

    private readonly Lazy<Task<RunningService>> _started = new(StartNewAsync);

    public void Dispose()
    {
        if (_started.IsValueCreated && _started.Value.IsCompletedSuccessfully)
            _started.Value.Result.Dispose();
    }

    internal Task<RunningService> StartAsync() => _started.Value;

    private static async Task<RunningService> StartNewAsync()
    {
        string published = await NativePrograms.FolderForArm64Async();

        // So many samples that a sum of some megabytes tells something.
        return await RunningService.StartAsync(
            Tools.PathOf(Tools.Arm64Emulator),
            ["-L", Root, Path.Combine(published, NativePrograms.Arm64Program)],
            published,
            new Dictionary<string, string> { ["Pprof__MemoryProfileRate"] = "16384" });
    }
}

using System.Reflection;
using System.Runtime.InteropServices;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The workload program, compiled by the JIT and published as NativeAOT, each started once.</summary>
public sealed class Workloads : IAsyncLifetime
{
    /// <summary>On CoreCLR.</summary>
    public const string Jit = "JIT";

    /// <summary>As NativeAOT.</summary>
    public const string Aot = "NativeAOT";

    private static readonly Lazy<Task<string>> s_published = new(PublishOnceAsync);

    private readonly Dictionary<string, RunningService> _running = [];
    private readonly GoToolPprof _pprof = new();
    private QuietMachine? _quiet;

    /// <summary>The running program, whose profiler has been used before.</summary>
    internal async Task<Workload> StartAsync(string runtime)
    {
        if (!_running.TryGetValue(runtime, out RunningService? service))
        {
            service = runtime == Aot ? await PublishAndStartAsync() : await StartBuiltAsync();
            _running.Add(runtime, service);
            await service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1");
        }

        return new Workload(service, _pprof);
    }

    public async Task InitializeAsync() => _quiet = await QuietMachine.EnterAsync();

    public Task DisposeAsync()
    {
        foreach (RunningService service in _running.Values)
            service.Dispose();

        _pprof.Dispose();
        _quiet?.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The program as it was built with the tests.</summary>
    internal static string BuiltAssembly { get; } = typeof(Workloads).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(static attribute => attribute.Key == "Workloads").Value!;

    /// <summary>Starts another program on CoreCLR.</summary>
    internal static Task<RunningService> StartBuiltAsync(params string[] arguments) =>
        RunningService.StartAsync(DotNet.Path, [BuiltAssembly, .. arguments], Path.GetDirectoryName(BuiltAssembly));

    /// <summary>The same with environment variables.</summary>
    internal static Task<RunningService> StartBuiltAsync(IReadOnlyDictionary<string, string> environment) =>
        RunningService.StartAsync(DotNet.Path, [BuiltAssembly], Path.GetDirectoryName(BuiltAssembly), environment);

    /// <summary>Publishes the program as NativeAOT, once. Returns the folder that it is in.</summary>
    internal static Task<string> PublishAsync() => s_published.Value;

    private static async Task<string> PublishOnceAsync()
    {
        string artifacts = Repository.PathOf("artifacts", "tests", "Workloads");
        string published = Path.Combine(artifacts, "Pprof.Workloads");
        await DotNet.BuildAsync(
            "publish", Repository.PathOf("tests", "Pprof.Workloads"),
            "-r", RuntimeInformation.RuntimeIdentifier, "--artifacts-path", artifacts, "-o", published);
        return published;
    }

    private static async Task<RunningService> PublishAndStartAsync()
    {
        string published = await PublishAsync();
        return await RunningService.StartAsync(Path.Combine(published, "Pprof.Workloads"), [], published);
    }
}

using System.Reflection;
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

    /// <summary>On CoreCLR without timers, so that the runtime samples.</summary>
    public const string Sampled = "JIT, sampled by the runtime";

    /// <summary>
    /// The query of a profile with as many samples as common kernels can make in five seconds: 2,500 of two threads, of which
    /// a share is within two points at 95 %.
    /// </summary>
    public const string FiveSeconds = "seconds=5&hz=250";

    /// <summary>The same for twice as long.</summary>
    public const string TenSeconds = "seconds=10&hz=250";

    private const double MaxSeconds = 60;

    private const string Project = "Pprof.Workloads";

    private readonly Dictionary<string, RunningService> _running = [];
    private readonly GoToolPprof _pprof = new();
    private readonly Dictionary<(string Runtime, string Workload), Measured> _measured = [];
    private QuietMachine? _quiet;

    /// <summary>The running program, whose profiler has been used before.</summary>
    internal async Task<Workload> StartAsync(string runtime)
    {
        if (!_running.TryGetValue(runtime, out RunningService? service))
        {
            service = await (runtime switch
            {
                Aot => PublishAndStartAsync(),
                Sampled => StartBuiltAsync("--no-timers=1"),
                _ => StartBuiltAsync(),
            });
            _running.Add(runtime, service);
            await service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1");

            // What samples allocations collects once before it begins.
            await service.Client.GetByteArrayAsync("/debug/pprof/allocs");
        }

        return new Workload(service, _pprof);
    }

    /// <summary>
    /// Five seconds of two threads of a workload, the same for every test that asks what is in a profile of it: each would
    /// have to wait for its own.
    /// </summary>
    internal Task<Measured> MeasureAsync(string runtime, string name) => MeasureAsync(runtime, name, 2, static _ => true);

    /// <summary>
    /// The same with more of it while it is not right, up to a minute. Chance has its share in a sampled profile: what is
    /// off by chance is not off again with more samples, and a bias does not go away.
    /// </summary>
    internal async Task<Measured> MeasureAsync(
        string runtime, string name, int threads, Func<Measured, bool> isRight, string query = FiveSeconds, string profile = "profile")
    {
        if (_measured.TryGetValue((runtime, name), out Measured? measured) && isRight(measured))
            return measured;

        Workload workload = await StartAsync(runtime);
        await workload.StartAsync(name, threads);
        do
        {
            Measured more = await workload.MeasureAsync(query, profile);
            measured = measured?.And(more) ?? more;
        }
        while (!isRight(measured) && measured.Profile.Seconds < MaxSeconds);

        await workload.StopAsync();
        _measured[(runtime, name)] = measured;
        return measured;
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

    /// <summary>The folder that the program is in as NativeAOT.</summary>
    internal static Task<string> PublishAsync() => NativePrograms.FolderOfAsync(Project);

    private static async Task<RunningService> PublishAndStartAsync()
    {
        string published = await PublishAsync();
        return await RunningService.StartAsync(Path.Combine(published, Project), [], published);
    }
}

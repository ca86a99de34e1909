using System.Reflection;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>The sample services, each started when the first test needs it and stopped after the last.</summary>
public sealed partial class Samples : IAsyncLifetime
{
    /// <summary>samples/WebApi, compiled by the JIT.</summary>
    public const string WebApi = "WebApi";

    /// <summary>samples/AotService, published as NativeAOT by the test run.</summary>
    public const string AotService = "AotService";

    /// <summary>samples/Worker, which has no web server of its own.</summary>
    public const string Worker = "Worker";

    // A start that failed is not tried again: a second build would find the first one's output and succeed.
    private readonly Dictionary<string, Task<RunningService>> _started = [];

    private readonly Dictionary<string, Sample> _samples = new()
    {
        [WebApi] = new Sample(
            "WebApi.dll",
            new Dictionary<string, int>
            {
                ["WebApi.OrderPipeline.Price"] = 60,
                ["WebApi.OrderPipeline.ScoreRisk"] = 30,
                ["WebApi.OrderPipeline.Sign"] = 10,
            },
            "WebApi.OrderService.Work",
            static () => StartWebApiAsync()),
        [AotService] = new Sample(
            "AotService",
            new Dictionary<string, int>
            {
                ["AotService.Forecast.Simulate"] = 60,
                ["AotService.Forecast.EstimateRain"] = 30,
                ["AotService.Forecast.RateConfidence"] = 10,
            },
            "AotService.Forecast.From",
            StartAotServiceAsync),
        [Worker] = new Sample(
            "Worker.dll",
            new Dictionary<string, int> { ["Worker.PrimeSearch.IsPrime"] = 100 },
            "Worker.PrimeSearch.ExecuteAsync",
            StartWorkerAsync),
    };

    private readonly Dictionary<string, Task<byte[]>> _profiles = [];

    private QuietMachine? _quiet;

    internal Sample this[string name] => _samples[name];

    /// <summary>The running service.</summary>
    internal Task<RunningService> StartAsync(string name) =>
        _started.TryGetValue(name, out Task<RunningService>? started) ? started : _started[name] = _samples[name].Start();

    /// <summary>A CPU profile of the service, the same one for every test that asks what is in any.</summary>
    internal Task<byte[]> ProfileAsync(string name) =>
        _profiles.TryGetValue(name, out Task<byte[]>? profile) ? profile : _profiles[name] = FetchProfileAsync(name);

    /// <summary>Another samples/WebApi, for one test.</summary>
    internal static Task<RunningService> StartWebApiAsync(IReadOnlyDictionary<string, string>? environment = null, params string[] arguments)
    {
        string assembly = AssemblyOf(WebApi);
        return RunningService.StartAsync(DotNet.Path, [assembly, .. arguments], Path.GetDirectoryName(assembly), environment);
    }

    public async Task InitializeAsync() => _quiet = await QuietMachine.EnterAsync();

    public Task DisposeAsync()
    {
        foreach (Task<RunningService> started in _started.Values.Where(started => started.IsCompletedSuccessfully))
            started.Result.Dispose();

        _quiet?.Dispose();
        return Task.CompletedTask;
    }

    private async Task<byte[]> FetchProfileAsync(string name) =>
        await (await StartAsync(name)).Client.GetByteArrayAsync(SampleTests.FiveSeconds);

    private static Task<RunningService> StartWorkerAsync()
    {
        string assembly = AssemblyOf(Worker);
        return RunningService.StartAsync(
            DotNet.Path, [assembly, "--Pprof:ListenUrl=http://127.0.0.1:0"], Path.GetDirectoryName(assembly), ServingLine());
    }

    private static async Task<RunningService> StartAotServiceAsync()
    {
        string published = await NativePrograms.FolderOfAsync(AotService);
        return await RunningService.StartAsync(Path.Combine(published, "AotService"), [], published);
    }

    /// <summary>The sample as it was built with the tests.</summary>
    private static string AssemblyOf(string sample) => typeof(Samples).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == sample).Value!;

    // In the host's log. On a slow start the attribute's own address is served first, which is said on standard error.
    [GeneratedRegex(@"^\s+pprof serves (http://\S+)/debug/pprof/")]
    private static partial Regex ServingLine();
}

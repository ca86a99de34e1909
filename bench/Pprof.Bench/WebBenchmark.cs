using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>Requests per second of a JSON service at full load: by wrk where it is installed, otherwise by HttpClient.</summary>
internal static partial class WebBenchmark
{
    /// <summary>Those over which requests come.</summary>
    public const int Connections = 64;

    /// <summary>With a CPU profile under way.</summary>
    public static Task<int> RunAsync(Settings settings) => RunAsync(settings, $"{settings.Hz} Hz", $"profile?hz={settings.Hz}&seconds=");

    /// <summary>With a CPU profile under way that the runtime's own sampling makes.</summary>
    public static Task<int> RunSampledAsync(Settings settings) =>
        RunAsync(settings, $"{settings.Hz} Hz, sampled by the runtime", $"profile?hz={settings.Hz}&seconds=", JsonService.WithoutTimers);

    /// <summary>With a trace under way.</summary>
    public static Task<int> RunTracedAsync(Settings settings) => RunAsync(settings, Traced(settings), TraceAddress(settings));

    /// <summary>The same of the sample.</summary>
    public static async Task<int> RunTracedShopAsync(Settings settings)
    {
        using var folder = new TemporaryFolder();
        await DotNet.BuildAsync("publish", Repository.PathOf("samples", "WebApi"), "-c", "Release", "-o", folder.Path);
        using RunningService service = await RunningService.StartAsync(DotNet.Path, [Path.Combine(folder.Path, "WebApi.dll")], folder.Path);
        return await RunAsync(service, "/products/1234", settings, Traced(settings), TraceAddress(settings));
    }

    private static string Traced(Settings settings) => settings.Content.Length == 0 ? "traced" : $"traced, content={settings.Content}";

    private static string TraceAddress(Settings settings) => $"trace?content={settings.Content}&seconds=";

    /// <summary>With a wall-clock profile under way, beside threads that mostly wait.</summary>
    public static Task<int> RunWallAsync(Settings settings) => RunAsync(
        settings, $"{settings.Hz} Hz wall, beside {JsonService.WaitingThreads} threads", $"wall?hz={settings.Hz}&seconds=", JsonService.WithWaitingThreads);

    /// <summary>With dotnet-trace, where the machine has it, collecting what it does by default.</summary>
    public static async Task<int> RunBesideDotnetTraceAsync(Settings settings)
    {
        using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-json"]);
        using var folder = new TemporaryFolder();
        string url = service.Url + "/json";
        string file = Path.Combine(folder.Path, "bench.nettrace");
        await Comparison.RunAsync(
            $"web /json, {Connections} connections of wrk, dotnet-trace collect",
            settings.Rounds,
            () => WrkAsync(url, settings.Seconds),
            async () =>
            {
                Task<ProcessResult> tool = ChildProcess.RunAsync(
                    "dotnet-trace", ["collect", "-p", $"{service.ProcessId}", "--duration", $"00:00:{settings.Seconds + 4:00}", "-o", file]);

                // Its start, which compiles it, is nothing of the service's.
                while (!File.Exists(file) && !tool.IsCompleted)
                    await Task.Delay(20);

                double with = await WrkAsync(url, settings.Seconds);
                (await tool).Succeeded();
                Console.WriteLine($"  {new FileInfo(file).Length:N0} bytes");
                File.Delete(file);
                return with;
            });
        return 0;
    }

    private static async Task<int> RunAsync(Settings settings, string kind, string address, params string[] options)
    {
        using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-json", .. options]);
        return await RunAsync(service, "/json", settings, kind, address);
    }

    private static async Task<int> RunAsync(RunningService service, string path, Settings settings, string kind, string address)
    {
        string url = service.Url + path;
        bool wrk = await HasWrkAsync();
        long switches = ContextSwitches();
        long start = Stopwatch.GetTimestamp();

        await Comparison.RunAsync(
            $"web {path}, {Connections} connections of {(wrk ? "wrk" : "HttpClient")}, {kind}",
            service, settings, address, () => wrk ? WrkAsync(url, settings.Seconds) : HttpClientAsync(url, settings.Seconds));

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        Console.WriteLine($"  context switches of the machine, per second of the whole run: {(ContextSwitches() - switches) / seconds:N0}");
        return 0;
    }

    private static async Task<bool> HasWrkAsync()
    {
        try
        {
            await ChildProcess.RunAsync("wrk", ["--version"]);
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Requests per second.</summary>
    public static async Task<double> WrkAsync(string url, int seconds)
    {
        ProcessResult result = await ChildProcess.RunAsync("wrk", ["-t1", $"-c{Connections}", $"-d{seconds}s", url]);
        return double.Parse(RequestsPerSecond().Match(result.Succeeded().Output).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    private static async Task<double> HttpClientAsync(string url, int seconds)
    {
        using var client = new HttpClient();
        long requests = 0;
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
            {
                await client.GetByteArrayAsync(url);
                Interlocked.Increment(ref requests);
            }
        }));
        return requests / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Context switches since the machine started: the line <c>ctxt</c> of proc_stat(5); 0 where there is none.</summary>
    private static long ContextSwitches() => File.Exists("/proc/stat")
        ? long.Parse(File.ReadLines("/proc/stat").First(line => line.StartsWith("ctxt ")).AsSpan(5), CultureInfo.InvariantCulture)
        : 0;

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex RequestsPerSecond();
}

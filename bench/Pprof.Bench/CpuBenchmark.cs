using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>Throughput of a busy thread on every core, beside few and beside many idle threads.</summary>
internal static class CpuBenchmark
{
    public static async Task<int> RunAsync(Settings settings)
    {
        foreach (int idle in new[] { 20, 200 })
        {
            using RunningService service = await RunningService.StartAsync(Environment.ProcessPath!, ["serve-spin", $"{idle}"]);
            await Comparison.RunAsync(
                $"{Environment.ProcessorCount} busy threads beside {idle} idle ones, {settings.Hz} Hz",
                service, settings, () => WorkCount.MeasureAsync(service, settings.Seconds));
            await Comparison.RunAsync(
                $"{Environment.ProcessorCount} busy threads beside {idle} idle ones, the runtime's sample profiler (dotnet-trace, dotnet-monitor)",
                settings.Rounds,
                () => WorkCount.MeasureAsync(service, settings.Seconds),
                () => MeasureSampledAsync(service, settings));
        }

        return 0;
    }

    /// <summary>With a session of the sample profiler under way, whose events nobody looks at.</summary>
    private static async Task<double> MeasureSampledAsync(RunningService service, Settings settings)
    {
        var client = new DiagnosticsClient(service.ProcessId);
        var provider = new EventPipeProvider("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational);
        using EventPipeSession session = await client.StartEventPipeSessionAsync([provider], requestRundown: false, circularBufferMB: 256, CancellationToken.None);
        Task reading = session.EventStream.CopyToAsync(Stream.Null);
        double with = await WorkCount.MeasureAsync(service, settings.Seconds);
        await session.StopAsync(CancellationToken.None);
        await reading;
        return with;
    }
}

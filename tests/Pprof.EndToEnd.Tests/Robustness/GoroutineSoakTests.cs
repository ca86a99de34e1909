using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>Dumps in a row of a program under load, which has a thread that notices when it is kept from running.</summary>
[Collection(nameof(Workloads))]
public sealed class GoroutineSoakTests(ITestOutputHelper output)
{
    // With what the kernel and the collector have counted taken off: no machine is too busy for it.
    private const double LongestStallMilliseconds = 50;

    private static readonly int s_requests = Repetitions.Of(few: 50, many: 1000);

    [ToolTheory(Tools.Linux)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task RequestsInARowStopNobodyForLongAndLeaveNoProcessBehind(string runtime)
    {
        using RunningService service = runtime == Workloads.Aot
            ? await RunningService.StartAsync(Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), [])
            : await Workloads.StartBuiltAsync();
        using var pprof = new GoToolPprof();
        var workload = new Workload(service, pprof);
        await workload.StartAsync("everyday", 3);
        await workload.AskAsync("/pauses");
        for (int i = 0; i < s_requests; i++)
        {
            bool isText = i % 2 == 0;
            byte[] answer = await service.Client.GetByteArrayAsync("/debug/pprof/goroutine" + (isText ? "?debug=2" : ""));
            Assert.True(isText ? answer.AsSpan().IndexOf("\ngoroutine "u8) > 0 : answer.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]));
        }

        IReadOnlyDictionary<string, long> pauses = await workload.AskAsync("/pauses");
        await workload.StopAsync();

        output.WriteLine($"{runtime}: {s_requests} requests, {pauses["ticks"]} ticks, longest gap {pauses["gap"] / 1e6:F1} ms, longest stall {pauses["stall"] / 1e6:F1} ms");
        Assert.InRange(pauses["ticks"], s_requests, long.MaxValue);
        Assert.InRange(pauses["stall"] / 1e6, 0, LongestStallMilliseconds);
        Assert.True(SpinWait.SpinUntil(() => ChildProcesses.Of(service.ProcessId).Count == 0, TimeSpan.FromSeconds(20)), string.Join(", ", ChildProcesses.Of(service.ProcessId)));
    }
}

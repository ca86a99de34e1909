using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>Dumps in a row of a program under load, which has a thread that notices when it is kept from running.</summary>
[Collection(nameof(Workloads))]
public sealed class GoroutineSoakTests(ITestOutputHelper output)
{
    // With what the kernel and the collector have counted taken off. What is left on a machine with more to do than processors
    // is that the copy is being made by a thread that waits for one, and that the machine itself stands for a moment: that
    // comes now and then, and what a request does comes in each round, so that one round without it is enough.
    private const double LongestStallMilliseconds = 50;
    private const int MaxRounds = 20;

    private static readonly int s_requests = Repetitions.Of(few: 10, many: 1000);

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
        double stall = double.MaxValue;
        for (int round = 0; round < MaxRounds && stall > LongestStallMilliseconds; round++)
            stall = await LongestStallAsync(service, workload, runtime);

        await workload.StopAsync();
        Assert.InRange(stall, 0, LongestStallMilliseconds);
        Assert.True(SpinWait.SpinUntil(() => ChildProcesses.Of(service.ProcessId).Count == 0, TimeSpan.FromSeconds(20)), string.Join(", ", ChildProcesses.Of(service.ProcessId)));
    }

    /// <summary>The longest stall in milliseconds while requests come.</summary>
    private async Task<double> LongestStallAsync(RunningService service, Workload workload, string runtime)
    {
        await workload.AskAsync("/pauses");
        for (int i = 0; i < s_requests; i++)
        {
            bool isText = i % 2 == 0;
            byte[] answer = await service.Client.GetByteArrayAsync("/debug/pprof/goroutine" + (isText ? "?debug=2" : ""));
            Assert.True(isText ? answer.AsSpan().IndexOf("\ngoroutine "u8) > 0 : answer.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]));
        }

        IReadOnlyDictionary<string, long> pauses = await workload.AskAsync("/pauses");
        output.WriteLine($"{runtime}: {s_requests} requests, {pauses["ticks"]} ticks, longest gap {pauses["gap"] / 1e6:F1} ms, longest stall {pauses["stall"] / 1e6:F1} ms");
        Assert.InRange(pauses["ticks"], s_requests, long.MaxValue);
        return pauses["stall"] / 1e6;
    }
}

using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>
/// Samples that are taken while the runtime turns a fault of the processor into an exception. Runs real time: seconds of a
/// thousand signals.
/// </summary>
[Collection(nameof(Workloads))]
public sealed class FaultTests : IDisposable
{
    private readonly GoToolPprof _pprof = new();

    public void Dispose() => _pprof.Dispose();

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData(Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, Workloads.Aot)]
    public async Task NullReferencesAndDivisionsByZeroSurviveAThousandSignalsASecond(string runtime)
    {
        using RunningService service = runtime == Workloads.Aot
            ? await RunningService.StartAsync(Path.Combine(await Workloads.PublishAsync(), "Pprof.Workloads"), [])
            : await Workloads.StartBuiltAsync();
        var workload = new Workload(service, _pprof);
        await workload.StartAsync("faults", 2);

        Measured measured = await workload.MeasureAsync($"seconds={Repetitions.Of(few: 5, many: 50)}&hz=1000");

        await workload.StopAsync();
        Assert.InRange(measured.SumRatio, 0.95, 1.05);
        // While an exception is on its way the method that it came from has no frame that leads to it; its callers have.
        Assert.InRange((double)measured.Profile.Cumulative("Load.Start.lambda") / measured.Profile.Total, 0.4, 1);
    }
}

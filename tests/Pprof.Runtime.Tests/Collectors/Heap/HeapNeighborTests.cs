using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Callback;
using Pprof.Testing;
using Xunit;
using static Pprof.Runtime.Tests.Collectors.Heap.KnownAllocations;

namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>The heap of a process that others look at too, and of one in which sampling begins and ends all the time.</summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class HeapNeighborTests : IDisposable
{
    private const int AllocatedBytes = 1;
    private const string Runtime = "Microsoft-Windows-DotNETRuntime";

    private static readonly HeapProfileCollector s_collector = new();
    private static object? s_sink;

    private readonly SampledProcess _process = SampledProcess.Always(s_collector);

    public void Dispose() => _process.Dispose();

    /// <summary>What dotnet-trace, dotnet-counters and dotnet-gcdump ask for, and another that wants sampled allocations.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData(Runtime, EventLevel.Verbose, 0x1)]
    [InlineData(Runtime, EventLevel.Informational, 0x14c14fccbd)]
    [InlineData("Microsoft-DotNETCore-SampleProfiler", EventLevel.Informational, 0)]
    [InlineData("System.Runtime", EventLevel.Informational, 0xffff)]
    [InlineData(Runtime, EventLevel.Verbose, 0x1980001)]
    [InlineData(Runtime, EventLevel.Informational, 0x80000000000)]
    public async Task AnotherSessionHarmsNothing(string provider, EventLevel level, long keywords)
    {
        var arguments = new Dictionary<string, string> { ["EventCounterIntervalSec"] = "1" };
        var client = new DiagnosticsClient(Environment.ProcessId);
        Profile before = s_collector.Snapshot();
        using EventPipeSession session = client.StartEventPipeSession([new EventPipeProvider(provider, level, keywords, arguments)], requestRundown: false);
        Task drained = session.EventStream.CopyToAsync(Stream.Null);
        Allocate(200_000);
        Profile during = s_collector.Snapshot();
        await session.StopAsync(CancellationToken.None);
        await drained;
        Allocate(100_000);
        Profile after = s_collector.Snapshot();

        AssertNear(200_000 * 1000L, before, during);
        AssertNear(100_000 * 1000L, during, after);
    }

    [LinuxFact]
    [Measures(false)]
    public void SamplingBeginsAndEndsAsOftenAsItIsAskedTo()
    {
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 50; i++)
        {
            AllocationSource.Rate.Set(0);
            for (int k = 0; k < 1_000; k++)
            {
                s_sink = NewDropped();
            }

            AllocationSource.Rate.Set(ThinnedRate.RuntimePeriod);
            Allocate(10_000);
        }

        Profile after = s_collector.Snapshot();

        AssertNear(50 * 10_000 * 1000L, before, after);
        Assert.DoesNotContain(
            NamedSample.Of(ProfileDelta.Between(before, after)), static sample => sample.Has(nameof(NewDropped)) && sample.Values[AllocatedBytes] > 0);
    }

    private static void Allocate(int count)
    {
        for (int i = 0; i < count; i++)
        {
            s_sink = NewArray(976);
        }
    }

    private static void AssertNear(long expected, Profile before, Profile after)
    {
        Profile delta = ProfileDelta.Between(before, after);
        long actual = NamedSample.Of(delta).Where(static sample => sample.Has(nameof(NewArray))).Sum(static sample => sample.Values[AllocatedBytes]);
        Estimate.AssertNear(expected, actual, Math.Max(delta.Period, delta.Gaps.ThinnedPeriod));
    }
}

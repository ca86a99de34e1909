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

    /// <summary>
    /// Of sessions that begin and end at the same moment the runtime may hear in another order than it decided: once in a
    /// hundred times it tells of nothing then, until another begins.
    /// </summary>
    [LinuxFact]
    public async Task SessionsThatBeginAndEndMeanwhileDoNotSilenceIt()
    {
        AllocationSource.SamplesAlways.Set(0);
        s_collector.Snapshot();
        var sink = new SampledAllocations();
        var source = new CallbackAllocationSource(sink);
        bool isOver = false;
        var others = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                using var listener = new RuntimeListener();
                Thread.Sleep(1);
            }
        });
        others.Start();
        int silent = 0;
        for (int i = 0; i < 60; i++)
        {
            var window = new AllocationWindow();
            await source.OpenAsync(window);
            int count = 0;
            for (int k = 0; k < 12 && count == 0; k++)
            {
                Allocate(10_000);
                await source.FlushAsync();
                count = sink.Count;
            }

            Assert.Null(source.Failure ?? source.UnsupportedReason);
            silent += count == 0 ? 1 : 0;
            await source.CloseAsync(window);
        }

        Volatile.Write(ref isOver, true);
        others.Join();

        Assert.Equal(0, silent);
    }

    [LinuxFact]
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

    private sealed class RuntimeListener : EventListener
    {
        private const EventKeywords Exceptions = (EventKeywords)0x8000;

        protected override void OnEventSourceCreated(EventSource source)
        {
            if (source.Name == Runtime)
            {
                EnableEvents(source, EventLevel.Informational, Exceptions);
            }
        }
    }
}

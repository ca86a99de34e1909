using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Pprof.Endpoints;
using Pprof.Process;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>The meter <c>Pprof</c>, heard as OpenTelemetry and dotnet-counters hear it.</summary>
public sealed class ProfileMetricsTests : IDisposable
{
    // Other tests ask for profiles meanwhile.
    private readonly TestManifest _manifest = new(suffix: ".metered");
    private readonly ConcurrentQueue<(string Instrument, string Tag, double Value)> _measurements = new();
    private readonly ConcurrentDictionary<string, string> _units = new();
    private readonly MeterListener _listener = new();

    public ProfileMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Pprof")
            {
                _units[instrument.Name] = instrument.Unit!;
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task AListenerSeesTheInstrumentsOfAHostThatHasStarted()
    {
        _listener.Start();
        await using RunningService service = await RunningService.StartAsync(_manifest);

        // They are made some time after the start.
        await UntilAsync(() => _units.Count >= 5);
        Assert.Equal(
            ["pprof.collection.time s", "pprof.cpu.time s", "pprof.profiles {profile}", "pprof.samples.lost {sample}", "pprof.sent By"],
            _units.Select(static unit => $"{unit.Key} {unit.Value}").Order());
    }

    [Theory]
    [InlineData("my/custom & <own>.metered", "", 0)]
    [InlineData("block.metered", "?seconds=1", 1)]
    [InlineData("profile.metered", "?seconds=3", 3)]
    [InlineData("parts.metered", "?seconds=2&parts=3", 2)]
    [InlineData("goroutine.metered", "?view=top", 0)]
    public async Task AProfileIsCountedWithItsBytesAndItsSeconds(string name, string query, double seconds)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);
        _listener.Start();

        byte[] body = await service.Client.GetByteArrayAsync($"/debug/pprof/{name.Replace("&", "%26")}{query}");

        // The client may have it all before the server has counted it.
        await UntilAsync(() => Sum("pprof.sent", name) > 0);
        Assert.Equal((1, body.Length, seconds), (Sum("pprof.profiles", name), Sum("pprof.sent", name), Sum("pprof.collection.time", name)));
    }

    [Theory]
    [InlineData("nothing.metered", HttpStatusCode.NotFound)]
    [InlineData("profile.metered?hz=0", HttpStatusCode.BadRequest)]
    public async Task WhatIsRefusedIsNoProfile(string address, HttpStatusCode status)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);
        _listener.Start();

        using HttpResponseMessage response = await service.GetAsync("/debug/pprof/" + address);

        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain(_measurements, measurement => measurement.Tag == address.Split('?')[0]);
    }

    [Fact]
    public void WhatALifetimeProfileHasLostIsCountedOnce()
    {
        _listener.Start();
        var collector = new FakeSnapshotCollector();

        ProfileMetrics.Lost("lossy", collector, new ProfileGaps { LostSamples = 3, LostEvents = 4 });
        ProfileMetrics.Lost("lossy", collector, new ProfileGaps { LostSamples = 3, LostEvents = 4 });
        ProfileMetrics.Lost("lossy", collector, new ProfileGaps { LostSamples = 5, LostEvents = 4 });

        Assert.Equal(9, Sum("pprof.samples.lost", "lossy"));
    }

    [Fact]
    public void WhatIsLostAfterAProfileHasBegunAnewIsCounted()
    {
        _listener.Start();
        var collector = new FakeSnapshotCollector();
        DateTime first = DateTime.UtcNow;
        DateTime second = first.AddSeconds(1);

        ProfileMetrics.Lost("anew", collector, new ProfileGaps { LostSamples = 10, LossesSince = first });
        ProfileMetrics.Lost("anew", collector, new ProfileGaps { LostSamples = 3, LossesSince = second });
        ProfileMetrics.Lost("anew", collector, new ProfileGaps { LostSamples = 12, LossesSince = second });
        ProfileMetrics.Lost("anew", collector, new ProfileGaps { LostSamples = 11, LossesSince = second });

        Assert.Equal(22, Sum("pprof.samples.lost", "anew"));
    }

    [Fact]
    public void TheTimeOfThreadsThatHaveEndedStays()
    {
        ProfileMetrics.Publish();
        _listener.Start();
        Thread thread = OwnThreads.Start("pprof test", static () =>
        {
            while (OwnCpuTime.Read()["pprof test"] < TimeSpan.FromMilliseconds(20))
            {
                Thread.SpinWait(1000);
            }
        });
        thread.Join();

        _listener.RecordObservableInstruments();

        Assert.InRange(Sum("pprof.cpu.time", "pprof test"), 0.02, 10);
    }

    [Fact]
    public void WhileNobodyListensNothingIsMade()
    {
        ProfileMetrics.Sent("quiet", 1, TimeSpan.FromSeconds(1));

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1_000; i++)
        {
            ProfileMetrics.Sent("quiet", 1, TimeSpan.FromSeconds(1));
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(10);
        }
    }

    private double Sum(string instrument, string tag) =>
        _measurements.Where(measurement => measurement.Instrument == instrument && measurement.Tag == tag).Sum(static measurement => measurement.Value);

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
        _measurements.Enqueue((instrument.Name, (string)tags[0].Value!, value));
}

using System.Diagnostics.Tracing;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>A watch that is paused where there are too many events, here without any.</summary>
public sealed class DutyCycleTests
{
    private const double TooMany = 1_000_000;

    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    private readonly FakeFeed _feed = new();
    private readonly WaitScript _script = new();
    private readonly EventWatch _watch;
    private readonly DutyCycle _cycle;

    public DutyCycleTests()
    {
        _watch = new EventWatch(_feed, _script.Pairing, Wanted);
        _cycle = new DutyCycle(_watch, _script.Pairing);
        _watch.UpdateAsync().Wait();
    }

    [Fact]
    public void EndsByItselfAfterAWindowOfFewEvents()
    {
        _feed.IsComplete = true;
        _cycle.Begin(TooMany, static () => true);
        Assert.True(SpinWait.SpinUntil(() => _cycle.IsRunning, s_timeout));

        Assert.True(SpinWait.SpinUntil(() => !_cycle.IsRunning, s_timeout));
        Assert.True(_watch.IsOpen);
        Assert.Equal(0, _watch.Lost);
        Assert.DoesNotContain("leave", _feed.Log.ToArray());
    }

    [Fact]
    public async Task PausesTheWatchAfterAWindowAndWhoEndsItWakesIt()
    {
        // Nobody knows how many events were in the window: as many as before.
        _cycle.Begin(TooMany, static () => true);
        Assert.True(SpinWait.SpinUntil(() => _cycle.IsPaused && !_watch.IsOpen, s_timeout));
        Assert.Equal(1, _watch.Lost);

        lock (_watch.Gate)
        {
            _cycle.End();
        }

        await _watch.UpdateAsync();
        Assert.False(_cycle.IsRunning);
        Assert.True(_watch.IsOpen);
        _script.Run("100 T1 waits wab; 110 T1 wakes");
        Assert.Single(_script.Waits.Waits);
    }

    [Fact]
    public void DoesNotBeginWhereItMayNotRun()
    {
        bool asked = false;
        _cycle.Begin(TooMany, () =>
        {
            Volatile.Write(ref asked, true);
            return false;
        });

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked), s_timeout));
        lock (_watch.Gate)
        {
            Assert.False(_cycle.IsRunning);
        }
    }

    private EventRequest[] Wanted() => _cycle?.IsPaused == true ? [] : [new EventRequest("waits", default, 1, EventLevel.Verbose)];
}

using System.Diagnostics;
using Pprof.Process;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

[Measures]
public sealed class ThreadCpuClockTests
{
    private readonly ThreadCpuClock _clock = ThreadCpuClock.Create();

    [Fact]
    public void ItCanBeReadHere() => Assert.Null(_clock.UnsupportedReason);

    [Fact]
    public void ItAdvancesWhileItsThreadComputes()
    {
        int self = SystemThreads.CurrentId;
        long start = _clock.Nanoseconds(self);

        // A hang guard: on the slowest machine a thread gets 50 ms of a processor in this time.
        long since = Stopwatch.GetTimestamp();
        while (_clock.Nanoseconds(self) - start < 50_000_000)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromMinutes(1));
        }
    }

    [Fact]
    public void ItStandsStillWhileItsThreadWaitsAndIsGoneWithIt()
    {
        using var end = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        int systemId = 0;
        var thread = new Thread(() =>
        {
            systemId = SystemThreads.CurrentId;
            started.Set();
            end.Wait();
        });
        thread.Start();
        started.Wait();
        long before = _clock.Nanoseconds(systemId);
        Thread.Sleep(200);
        long used = _clock.Nanoseconds(systemId) - before;
        end.Set();
        thread.Join();

        Assert.True(before > 0);
        Assert.InRange(used, 0, 50_000_000);
        Assert.True(SpinWait.SpinUntil(() => _clock.Nanoseconds(systemId) < 0, TimeSpan.FromMinutes(1)));
    }
}

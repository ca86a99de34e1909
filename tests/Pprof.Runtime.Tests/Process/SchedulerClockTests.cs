using Pprof.Process;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

[Measures]
public sealed class SchedulerClockTests
{
    [LinuxFact]
    public void AThreadThatSleepsHasNotRunForAsLongAsItSleeps()
    {
        using var done = new ManualResetEventSlim();
        int systemId = 0;
        var thread = new Thread(() =>
        {
            Volatile.Write(ref systemId, (int)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0));
            done.Wait();
        });
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref systemId) != 0, TimeSpan.FromSeconds(20)));
        if (!File.Exists($"/proc/self/task/{systemId}/sched"))
        {
            // A kernel that does not tell.
            Assert.Null(SchedulerClock.Now().SinceLastRun(systemId));
        }
        else
        {
            Assert.True(SpinWait.SpinUntil(() => SchedulerClock.Now().SinceLastRun(systemId) > TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(20)));
            Assert.True(SchedulerClock.Now().SinceLastRun(systemId) < TimeSpan.FromMinutes(1));
        }

        done.Set();
        thread.Join();
        Assert.Null(SchedulerClock.Now().SinceLastRun(int.MaxValue));
    }
}

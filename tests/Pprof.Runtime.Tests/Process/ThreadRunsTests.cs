using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

public sealed class ThreadRunsTests
{
    [Theory]
    [InlineData("299285410 234760895 693\n", 299285410, 234760895, 693)]
    [InlineData("0 0 0\n", 0, 0, 0)]
    public void ALineHasTheTimeThatItRanAndWasReadyToRun(string line, long run, long delay, long count)
    {
        Assert.True(ThreadRuns.TryParse(System.Text.Encoding.ASCII.GetBytes(line), out ThreadRuns runs));
        Assert.Equal(new ThreadRuns(run, delay, count), runs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("12 13\n")]
    [InlineData("running\n")]
    public void AThreadThatHasEndedHasNone(string line) => Assert.False(ThreadRuns.TryParse(System.Text.Encoding.ASCII.GetBytes(line), out _));

    [LinuxFact]
    public void TheKernelTellsOfThisProcess() => Assert.Null(ThreadRuns.UnsupportedReason);
}

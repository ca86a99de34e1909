using Pprof.Collectors.Trace;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

public sealed class TraceSamplingTests
{
    [Fact]
    public void WhatIsMissingIsSaid()
    {
        var log = new SampleLog();
        for (int i = 0; i < 10_003; i++)
        {
            log.Add(time: 1, thread: 1_000_001, [], LabelSet.Empty, periods: 1);
        }

        var coverage = new CpuCoverage { Duration = TimeSpan.FromSeconds(1), LostPeriods = 4, ThreadsWithoutTimer = 2 };
        Assert.Equal(
            ["7 samples of CPU time are missing", "2 threads have no samples of CPU time: there was no timer for them"],
            TraceSampling.Gaps(coverage, log.Lost));
    }

    [Fact]
    public void NothingIsSaidWhereAllIsThere() => Assert.Empty(
        TraceSampling.Gaps(new CpuCoverage { Duration = TimeSpan.FromSeconds(1), ThreadsWithoutTimer = 2, UntimedThreadsAreSampled = true }, lost: 0));
}

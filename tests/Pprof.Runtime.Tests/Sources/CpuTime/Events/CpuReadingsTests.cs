using Pprof.Sources.CpuTime.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime.Events;

public sealed class CpuReadingsTests
{
    private readonly CpuReadings _readings = new();

    public CpuReadingsTests() => _readings.Reset(100, 1000);

    [Fact]
    public void BetweenTwoReadingsAThreadHasRunEvenly()
    {
        _readings.Add(200, 1050);
        _readings.Add(300, 1150);

        Assert.Equal([1000, 1025, 1050, 1100, 1150, 1150], At(100, 150, 200, 250, 300, 400));
    }

    [Fact]
    public void ATimeInWhichItRestedIsNotSmearedOver()
    {
        _readings.Add(200, 1000);
        _readings.Add(300, 1000);
        _readings.Add(400, 1080);

        Assert.Equal([1000, 1000, 1040, 1080], At(250, 300, 350, 400));
    }

    [Fact]
    public void OfBeforeTheFirstReadingNothingIsKnown() => Assert.Equal([1000, 1000], At(50, 100));

    [Fact]
    public void ReadingsThatNobodyAsksForAreBounded()
    {
        for (int i = 1; i <= 10_000; i++)
        {
            _readings.Add(100 + i, 1000 + i);
        }

        // Of long ago only as much is known as of the oldest that is kept.
        Assert.Equal([10_744, 11_000], At(5_000, 20_000));
        Assert.Equal(11_000, _readings.Last);
    }

    private long[] At(params long[] timestamps) => Array.ConvertAll(timestamps, _readings.At);
}

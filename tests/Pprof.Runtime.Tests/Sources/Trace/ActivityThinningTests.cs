using System.Diagnostics;
using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

public sealed class ActivityThinningTests : IDisposable
{
    private static readonly long s_window = Stopwatch.Frequency * ActivityThinning.WindowMilliseconds / 1000;

    // No trace of another test listens to this one.
    private readonly ActivitySource _source = new($"Experimental.{Guid.NewGuid()}");
    private readonly ActivityListener _listener;
    private readonly ActivityThinning _thinning = new(0, static _ => true);
    private long _now;

    public ActivityThinningTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source == _source,
            Sample = static (ref _) => ActivitySamplingResult.PropagationData,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _source.Dispose();
    }

    [Fact]
    public void AllAreDrawnWhereTheyAreFew()
    {
        for (int window = 0; window < 10; window++)
        {
            Assert.Equal(ActivityThinning.MaxInWindow, CountDrawn(ActivityThinning.MaxInWindow));
            EndWindow();
        }

        Assert.Equal(1, _thinning.OneIn);
    }

    [Fact]
    public void WhereTheyAreManyOneInSoManyRequestsIsDrawn()
    {
        BeginUntilOneInIs(8);

        Assert.InRange(CountDrawn(1000), 1, 500);
    }

    /// <summary>Both ends of an activity are drawn or none is, and so is what belongs to it, however many there are by then.</summary>
    [Fact]
    public void WholeRequestsAreLeftOut()
    {
        BeginUntilOneInIs(2);
        Activity drawn = BeginOne(isDrawn: true);
        Activity other = BeginOne(isDrawn: false);
        BeginUntilOneInIs(32);

        Assert.True(ActivityThinning.IsDrawn(drawn));
        Assert.True(Begins(Begin(drawn)));
        Assert.False(ActivityThinning.IsDrawn(other));
        Activity part = Begin(other);
        Assert.False(Begins(part));
        Assert.False(Begins(Begin(part)));
        while (_thinning.OneIn > 1)
        {
            EndWindow();
        }

        Assert.True(Begins(Begin(drawn)));
        Assert.False(Begins(Begin(part)));
        Assert.True(Begins(Begin(null)));
    }

    [Fact]
    public void AfterABurstAllAreDrawnAgain()
    {
        BeginUntilOneInIs(32);
        EndWindow();
        for (int window = 0; window < 20; window++)
        {
            CountDrawn(20);
            EndWindow();
        }

        Assert.Equal(1, _thinning.OneIn);
        Assert.Equal(20, CountDrawn(20));
    }

    /// <summary>Else each change would be a line of the trace.</summary>
    [Fact]
    public void ASteadyLoadIsThinnedSteadily()
    {
        List<int> seen = [];
        for (int window = 0; window < 40; window++)
        {
            CountDrawn(ActivityThinning.MaxInWindow * 5);
            EndWindow();
            seen.Add(_thinning.OneIn);
        }

        Assert.All(seen.Skip(5), oneIn => Assert.Equal(seen[5], oneIn));
        Assert.InRange(seen[5], 8, 32);
    }

    private void EndWindow() => _thinning.EndWindow(_now += s_window);

    private void BeginUntilOneInIs(int count)
    {
        for (int i = 0; _thinning.OneIn < count; i++)
        {
            Assert.True(i < 10_000_000, $"one in {_thinning.OneIn} is drawn of {i}");
            Begins(Begin(null));
        }
    }

    private int CountDrawn(int count) => Enumerable.Range(0, count).Count(_ => Begins(Begin(null)));

    private Activity BeginOne(bool isDrawn)
    {
        while (true)
        {
            Activity activity = Begin(null);
            if (Begins(activity) == isDrawn)
            {
                return activity;
            }
        }
    }

    private bool Begins(Activity activity)
    {
        bool isDrawn = _thinning.Begins(activity);
        Assert.Equal(isDrawn, ActivityThinning.IsDrawn(activity));
        return isDrawn;
    }

    private Activity Begin(Activity? outer)
    {
        Activity.Current = outer;
        Activity activity = _source.StartActivity("request")!;
        Activity.Current = null;
        return activity;
    }
}

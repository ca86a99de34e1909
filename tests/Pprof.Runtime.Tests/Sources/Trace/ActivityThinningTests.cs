using System.Diagnostics;
using Pprof.Sources.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Trace;

public sealed class ActivityThinningTests
{
    private readonly ActivityThinning _thinning = new();

    [Fact]
    public void AllAreDrawnWhereTheyAreFew()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.True(Begin(out Activity activity));
            Assert.True(_thinning.IsDrawn(activity));
        }

        Assert.Equal(1, _thinning.OneIn);
    }

    /// <summary>Both ends of an activity are drawn or none is, and so is what belongs to it, however many there are by then.</summary>
    [Fact]
    public void WhereTheyAreManyWholeRequestsAreLeftOut()
    {
        List<(Activity Activity, bool IsDrawn)> begun = [];
        var hang = Stopwatch.StartNew();
        while (_thinning.OneIn < 8 && hang.Elapsed < TimeSpan.FromMinutes(1))
        {
            bool isDrawn = Begin(out Activity activity);
            begun.Add((activity, isDrawn));
        }

        Assert.All(begun, pair => Assert.Equal(pair.IsDrawn, _thinning.IsDrawn(pair.Activity)));
        Begin(out Activity first);
        var part = new Activity("part");
        part.SetParentId(first.TraceId, first.SpanId);
        part.Start();
        Assert.Equal(_thinning.IsDrawn(first), _thinning.IsDrawn(part));
        int drawn = 0;
        for (int i = 0; i < 1000; i++)
        {
            Begin(out Activity later);
            drawn += _thinning.IsDrawn(later) ? 1 : 0;
        }

        Assert.InRange(drawn, 1, 500);
    }

    private bool Begin(out Activity activity)
    {
        activity = new Activity("request");
        activity.SetIdFormat(ActivityIdFormat.W3C);
        activity.Start();
        activity.Stop();
        Activity.Current = null;
        return _thinning.Begins(activity);
    }
}

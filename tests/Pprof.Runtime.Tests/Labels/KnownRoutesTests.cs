using Pprof.Labels;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Labels;

public sealed class KnownRoutesTests
{
    [Fact]
    public void EqualLabelsHaveOneNumberAndThoseBeyondTheBoundNone()
    {
        var routes = new KnownRoutes(2);

        Assert.Equal([1, 2, 1, 0, 2], new[] { "/a", "/b", "/a", "/c", "/b" }.Select(path => routes.NumberOf(Route(path))));
        Assert.Equal([LabelSet.Empty, Route("/a"), Route("/b"), LabelSet.Empty], Enumerable.Range(0, 4).Select(routes.Find));
    }

    [Fact]
    public void WhatIsPushedInARequestHasItsNumber()
    {
        var request = new PushedLabels(null, Route("/a"), 7);
        var inner = new PushedLabels(new PushedLabels(request, Route("/b")), Route("/c"));

        Assert.Equal(7, inner.Route);
        Assert.Equal(0, new PushedLabels(null, Route("/d")).Route);
        Assert.Equal(3, new[] { request.Number, inner.Number, inner.Outer!.Number }.Distinct().Count());
    }

    private static LabelSet Route(string path) => LabelSet.Empty.With(new Label("http_route", path));
}

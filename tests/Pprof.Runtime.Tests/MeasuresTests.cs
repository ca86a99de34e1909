using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests;

public sealed class MeasuresTests
{
    private static int s_runs;

    [Fact]
    [Measures]
    public void WhatFailedOnceIsRunAgain() => Assert.Equal(2, ++s_runs);
}

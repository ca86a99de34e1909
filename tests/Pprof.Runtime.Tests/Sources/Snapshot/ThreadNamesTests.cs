using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

public sealed class ThreadNamesTests
{
    private readonly ThreadNames _names = new(10);

    [Fact]
    public void OfNumberedThreadsTheFirstStandForThemselves()
    {
        string?[] names = [.. Enumerable.Range(0, 100_000).Select(i => _names.Of($"worker-{i}")).Distinct()];

        Assert.Equal("worker-0", names[0]);
        Assert.Equal("worker-9", names[9]);
        Assert.Equal("worker-##", names[10]);
        Assert.Equal("worker-3", _names.Of("worker-3"));
        Assert.InRange(names.Length, 11, 20);
    }

    [Fact]
    public void OfOtherNamesNoMoreAreKeptThanThereIsRoomFor()
    {
        string?[] names = [.. Enumerable.Range(0, 1_000).Select(i => _names.Of(new string('x', i + 1))).Distinct()];

        Assert.Equal(21, names.Length);
        Assert.Null(names[^1]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void AThreadWithoutANameHasNone(string? name) => Assert.Null(_names.Of(name));
}

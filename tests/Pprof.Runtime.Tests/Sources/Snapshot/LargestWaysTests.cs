using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

public sealed class LargestWaysTests
{
    [Theory]
    [InlineData(100, 200, 100)]
    [InlineData(300, 200, 200)]
    public void OfWaysOfOneSizeAsManyAreKeptAsThereIsRoomFor(int ways, int room, int expected) =>
        Assert.Equal(expected, Kept([.. Enumerable.Repeat(1024UL, ways)], room).Count);

    [Theory]
    [InlineData(1)]
    [InlineData(999)]
    [InlineData(1_000)]
    public void TheLargestAreKept(int room)
    {
        var random = new Random(room);
        ulong[] sizes = [.. Enumerable.Range(0, 10_000).Select(_ => (ulong)random.NextInt64() >> random.Next(64))];

        Assert.Equal(sizes.OrderDescending().Take(room), Kept(sizes, room).OrderDescending());
    }

    [Fact]
    public void SizesOfAllDigitsAreCompared() => Assert.Equal([ulong.MaxValue, ulong.MaxValue - 1], Kept([1, ulong.MaxValue, 0, ulong.MaxValue - 1, ulong.MaxValue - 2], 2));

    private static List<ulong> Kept(ulong[] sizes, int room)
    {
        var ways = new LargestWays([.. sizes.Select(static size => new HeapNode { Bytes = size, Count = 1 })], room);
        List<ulong> kept = [];
        foreach (ulong size in sizes)
        {
            if (ways.TryTake(size))
            {
                kept.Add(size);
            }
        }

        return kept;
    }
}

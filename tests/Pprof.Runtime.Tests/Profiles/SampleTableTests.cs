using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Profiles;

/// <summary>Copies of a table, which have its stacks in common with it.</summary>
public sealed class SampleTableTests
{
    private const int Stacks = 5_000;
    private const int Depth = 30;

    private static readonly LabelSet s_blue = new([new Label("tenant", "blue")]);

    [Fact]
    public void ACopyStaysAsItIsWhenTheTableGrows()
    {
        SampleTable table = Filled(100);
        var copy = new SampleTable(2);
        copy.Add(table);

        table.Add([0xAAAA], s_blue, 1, 2);
        table.Add(table.Stack(3), table.Labels(3), 1000, 1000);

        Assert.Equal(Describe(Filled(100)), Describe(copy));
    }

    [Fact]
    public void ATableStaysAsItIsWhenACopyGrows()
    {
        SampleTable table = Filled(100);
        var copy = new SampleTable(2);
        copy.Add(table);

        Assert.Equal(100, copy.Add([0xAAAA], s_blue, 1, 2));
        Assert.Equal(3, copy.Add(table.Stack(3), table.Labels(3), 1000, 1000));

        Assert.Equal([1003L, 1006L], copy.Values(3).ToArray());
        Assert.Equal(Describe(Filled(100)), Describe(table));
    }

    [Fact]
    public void TheCopyOfACopyGrowsAlone()
    {
        var first = new SampleTable(2);
        first.Add(Filled(10));
        var second = new SampleTable(2);
        second.Add(first);

        first.Add([0xAAAA], LabelSet.Empty, 1, 1);
        second.Add([0xBBBB], LabelSet.Empty, 2, 2);

        Assert.Equal([0xAAAA], first.Stack(10).ToArray());
        Assert.Equal([0xBBBB], second.Stack(10).ToArray());
    }

    [Fact]
    public void TwoTablesAddUpByStackAndLabels()
    {
        var sum = new SampleTable(2);
        sum.Add(Filled(10), static values => values[0] = -values[0]);
        sum.Add(Filled(12));

        Assert.Equal(12, sum.Count);
        Assert.Equal([0L, 12L], sum.Values(3).ToArray());
        Assert.Equal([11L, 22L], sum.Values(11).ToArray());
    }

    [Fact]
    public void ACopyCostsTheRoomOfItsValues()
    {
        SampleTable table = Filled(Stacks);
        var copy = new SampleTable(2);

        long before = GC.GetAllocatedBytesForCurrentThread();
        copy.Add(table);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.InRange(allocated, 0, (Stacks * 2 * sizeof(long)) + 1024);
    }

    private static SampleTable Filled(int stacks)
    {
        var table = new SampleTable(2);
        nuint[] frames = new nuint[Depth];
        for (int i = 0; i < stacks; i++)
        {
            for (int frame = 0; frame < Depth; frame++)
            {
                frames[frame] = (nuint)(0x10000 + (frame * 16) + ((i >> Math.Min(frame, 13)) & 1));
            }

            frames[0] = (nuint)(0x50000 + i);
            table.Add(frames, i % 2 == 0 ? LabelSet.Empty : s_blue, i, i * 2);
        }

        return table;
    }

    private static string[] Describe(SampleTable table) =>
        [.. Enumerable.Range(0, table.Count).Select(i => $"{string.Join(' ', table.Stack(i).ToArray())}: {string.Join(' ', table.Values(i).ToArray())} {table.Labels(i).Labels.Count}")];
}

using System.Runtime.InteropServices;
using Pprof.Collectors.Heap;
using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class SliceSamplesTests
{
    private readonly SampledAllocations _sampled = new();
    private readonly LiveObjects _live;
    private readonly SliceSamples _slices;
    private readonly object _kept = new();

    public SliceSamplesTests()
    {
        _live = new LiveObjects(_sampled);
        _slices = new SliceSamples(_sampled, _live);
    }

    /// <summary>Each in proportion, however often, and what is in use with it; those of other slices do not.</summary>
    [Fact]
    public void TheLastFullSliceStandsForMore()
    {
        Add(0x1000, 1_000, 100);
        _slices.Begin(wasFull: false);
        Add(0x2000, 1_000, 30);
        Add(0x3000, 500, 20);
        _slices.Begin(wasFull: true);
        Add(0x4000, 1_000, 1);
        _slices.Begin(wasFull: false);
        Add(0x5000, 1_000, 2);

        // As much as it stands for, and as much again in five times.
        _slices.StandFor(40_000);
        for (int i = 0; i < 5; i++)
        {
            _slices.StandFor(8_000);
        }

        Assert.Equal(
            [(0x1000, 100, 100_000, 100, 100_000), (0x2000, 90, 90_000, 90, 90_000), (0x3000, 60, 30_000, 60, 30_000), (0x4000, 1, 1_000, 1, 1_000), (0x5000, 2, 2_000, 2, 2_000)],
            Samples().Select(static sample => (sample.Method, sample.Objects, Round(sample.Bytes), sample.ObjectsInUse, Round(sample.BytesInUse))));
        Assert.All(Samples(), static sample => Assert.InRange(sample.BytesInUse, 0, sample.Bytes));
        _live.Clear();
        Assert.All(Samples(), static sample => Assert.Equal((0, 0), (sample.ObjectsInUse, sample.BytesInUse)));

        static long Round(long bytes) => (bytes + 50) / 100 * 100;
    }

    /// <summary>Of more than are kept apart some stand for all.</summary>
    [Fact]
    public void HoweverManyThereAreTheyStandForWhatIsAsked()
    {
        const int Count = 10_000;
        for (int i = 0; i < Count; i++)
        {
            _slices.Add(_sampled.Add([0x9000, 0x1000], 100, 1, default), 100, 1);
        }

        Assert.Equal(100 * Count, _slices.Bytes);
        _slices.Begin(wasFull: true);
        Assert.Equal(0, _slices.Bytes);
        _slices.StandFor(100 * Count);

        Assert.InRange(Assert.Single(Samples()).Bytes, 200 * Count, 202 * Count);
    }

    [Fact]
    public void WhereThereIsNoneNothingStandsForMore()
    {
        _slices.StandFor(1_000);
        Add(0x1000, 1_000, 1);
        _slices.Begin(wasFull: true);
        _slices.Clear();
        _slices.StandFor(1_000);

        Assert.Equal([(0x1000, 1, 1_000, 1, 1_000)], Samples());
        _live.Clear();
    }

    private void Add(nuint method, long size, double objects)
    {
        SinkSample sample = _sampled.Add([0x9000, method], size, objects, default);
        _slices.Add(sample, size, objects);
        _live.Add(new WeakHandle(GCHandle.ToIntPtr(GCHandle.Alloc(_kept, GCHandleType.Weak))), sample, size, objects, 0, _slices.Number, hasLived: true);
    }

    private List<(int Method, long Objects, long Bytes, long ObjectsInUse, long BytesInUse)> Samples()
    {
        var table = new SampleTable(4);
        _sampled.CopyTo(table);
        return [.. Enumerable.Range(0, table.Count)
            .Select(i => ((int)table.Stack(i)[1], table.Values(i)[0], table.Values(i)[1], table.Values(i)[2], table.Values(i)[3]))
            .OrderBy(static sample => sample.Item1)];
    }
}

using Pprof.Profiles;
using Pprof.Sources.Allocations;
using Pprof.Sources.Allocations.Events;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

/// <summary>Objects at known addresses, and collections that tell what they are made to tell.</summary>
public sealed class FollowedObjectsTests
{
    private const int Size = 32;

    // From here on are the oldest generation, large objects, and what is of no generation.
    private const ulong Old = 0x1_0000;
    private const ulong Large = 0x2_0000;
    private const ulong Unknown = 0x3_0000;

    private readonly Sink _sink = new();
    private readonly FollowedObjects _objects;

    public FollowedObjectsTests() => _objects = new FollowedObjects(_sink) { IsOn = true };

    [Fact]
    public void WhatHasLivedThroughACollectionIsAlive()
    {
        Add(1, 0x1000);
        Add(2, 0x2000);
        Assert.Equal("", _sink.Alive);

        Collect(1, 0, (0x1000, 0x100, 0x1000));

        Assert.Equal("1", _sink.Alive);
        Assert.Equal(1, _objects.Count);
    }

    /// <summary>The ranges are half open, and an object that begins in one belongs to it.</summary>
    [Theory]
    [InlineData(0x1000, 0x20, true)]
    [InlineData(0xfe0, 0x20, false)]
    [InlineData(0xfe0, 0x21, true)]
    [InlineData(0x1001, 0x20, false)]
    public void AnObjectIsInTheRangeThatHasItsAddress(ulong start, ulong length, bool isAlive)
    {
        Add(1, 0x1000);
        Collect(1, 0, (start, length, start));

        Assert.Equal(isAlive ? "1" : "", _sink.Alive);
    }

    [Fact]
    public void WhatHasMovedIsFoundAtItsNewPlace()
    {
        Add(1, 0x1000);
        Add(2, 0x1020);
        Collect(1, 1, (0x1000, 0x40, 0x8000));
        Collect(2, 1, (0x8020, 0x20, 0x4000));

        Assert.Equal("2", _sink.Alive);

        Collect(3, 2, (0x4000, 0x20, 0x4000));
        Assert.Equal("2", _sink.Alive);

        Collect(4, 2, (0x8020, 0x20, 0x8020));
        Assert.Equal("", _sink.Alive);
    }

    /// <summary>Two change their places: each is looked for where it was before.</summary>
    [Fact]
    public void WhereOneComesToLieAnotherWas()
    {
        Add(1, 0x1000);
        Add(2, 0x2000);
        Collect(1, 0, (0x1000, 0x20, 0x2000), (0x2000, 0x20, 0x1000));
        Collect(2, 1, (0x1000, 0x20, 0x1000));

        Assert.Equal("2", _sink.Alive);
    }

    [Fact]
    public void AnOlderGenerationIsNotLookedAt()
    {
        Add(1, Old);
        Add(2, Large);
        Add(3, 0x1000);
        Collect(1, 2, (Old, 0x20, Old), (Large, 0x20, Large), (0x1000, 0x20, 0x1000));
        Collect(2, 1);

        Assert.Equal("1 2", _sink.Alive);

        Collect(3, 2, (Large, 0x20, Large));
        Assert.Equal("2", _sink.Alive);
    }

    /// <summary>A whole region can become the oldest generation at once.</summary>
    [Fact]
    public void TheGenerationIsWhatTheRuntimeSays()
    {
        Add(1, 0x1000);
        Collect(1, 0, (0x1000, 0x20, Old));
        Collect(2, 1);

        Assert.Equal("1", _sink.Alive);
    }

    /// <summary>What no generation has is not known to be dead.</summary>
    [Fact]
    public void WhereNothingIsToldNothingDies()
    {
        Add(1, Unknown);
        Collect(1, 2);

        Assert.Equal(1, _objects.Count);
    }

    /// <summary>What was allocated since it began, one in the background does not speak of. Others come in between.</summary>
    [Fact]
    public void ACollectionInTheBackgroundIsOfWhatWasThere()
    {
        Add(1, Old);
        Add(2, Old + 0x20);
        Add(3, 0x3000);
        Begin(1, 2, isBackground: true);
        Add(4, Large);
        Collect(2, 1, (0x3000, 0x20, 0x5000));
        _objects.Keep(Old, 0x20, Old);
        _objects.Keep(0x5000, 0x20, 0x5000);
        _objects.End(1);
        Collect(3, 1, (0x5000, 0x20, 0x5000));

        Assert.Equal("1 3", _sink.Alive);
        Assert.Equal(3, _objects.Count);
    }

    [Fact]
    public void OneOfWhichNothingWasHeardKillsNothing()
    {
        Add(1, Old);
        Begin(1, 2, isBackground: true);
        _objects.End(1);

        Assert.Equal(1, _objects.Count);
    }

    /// <summary>Of a collection whose beginning was before anybody listened nothing is taken.</summary>
    [Fact]
    public void WhatHasNotBegunIsNotHeard()
    {
        Add(1, 0x1000);
        _objects.Keep(0x1000, 0x20, 0x7000);
        _objects.End(5);
        Collect(6, 0, (0x1000, 0x20, 0x1000));

        Assert.Equal("1", _sink.Alive);
    }

    [Fact]
    public void OfManyHalfStandForAll()
    {
        const int Limit = 1000;
        var objects = new FollowedObjects(_sink, Limit) { IsOn = true };
        for (int i = 0; i < Limit * 4; i++)
        {
            objects.Add((ulong)(0x1000 + (i * Size)), new SinkSample(i), Size, 1);
        }

        objects.Begin(1, 2, isBackground: false);
        objects.Keep(0x1000, Limit * 4 * Size, 0x1000);
        objects.End(1);

        Assert.InRange(objects.Count, 1, Limit);
        Assert.InRange(_sink.Objects, Limit * 4 * 0.7, Limit * 4 * 1.3);
    }

    [Fact]
    public void SwitchedOffItForgetsAll()
    {
        Add(1, 0x1000);
        Collect(1, 0, (0x1000, 0x20, 0x1000));
        _objects.IsOn = false;
        Add(2, 0x2000);

        Assert.Equal("", _sink.Alive);
        Assert.Equal(0, _objects.Count);
    }

    private void Add(int name, ulong address) => _objects.Add(address, new SinkSample(name), Size, 1);

    private void Begin(int number, int generation, bool isBackground = false)
    {
        _objects.Begin(number, generation, isBackground);
        _objects.Place(0, Old, 0);
        _objects.Place(Old, Large - Old, 2);
        _objects.Place(Large, Unknown - Large, 3);
    }

    private void Collect(int number, int generation, params (ulong Start, ulong Length, ulong NewStart)[] living)
    {
        Begin(number, generation);
        foreach ((ulong start, ulong length, ulong newStart) in living)
        {
            _objects.Keep(start, length, newStart);
        }

        // As it is afterwards.
        _objects.Place(0, Unknown, 2);
        _objects.End(number);
    }

    private sealed class Sink : IAllocationSink
    {
        private readonly SortedDictionary<int, double> _alive = [];

        public string Alive => string.Join(' ', _alive.Where(static pair => pair.Value > 0).Select(static pair => pair.Key));

        public double Objects => _alive.Values.Sum();

        public SinkSample Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels) => throw new InvalidOperationException();

        public void AddMore(SinkSample sample, long size, double objects) => throw new InvalidOperationException();

        public void AddLive(SinkSample sample, long size, double objects)
        {
            Assert.Equal(Size, size);
            _alive[sample.Index] = _alive.GetValueOrDefault(sample.Index) + objects;
        }

        public void Clear() => _alive.Clear();
    }
}

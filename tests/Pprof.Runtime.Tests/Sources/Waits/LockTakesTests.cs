using Pprof.Sources.Waits.Callback;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>Thread 2 takes lock 7 at moment 50 in method 10, which 11 and 12 have called.</summary>
public sealed class LockTakesTests
{
    private readonly LockTakes _takes = new();

    public LockTakesTests() => _takes.Add(lockId: 7, time: 50, thread: 2, [10, 11, 12]);

    [Fact]
    public void WhoTookALockIsFoundByLockAndTime()
    {
        Assert.Equal(10u, _takes.Find(lockId: 7, time: 50, owner: 2, before: 100));
        Assert.Equal(0u, _takes.Find(lockId: 7, time: 51, owner: 2, before: 100));
        Assert.Equal(0u, _takes.Find(lockId: 8, time: 50, owner: 2, before: 100));
        Assert.Equal(0u, _takes.Find(lockId: 7, time: 0, owner: 2, before: 100));
    }

    /// <summary>Another thread has it, which did not wait for it.</summary>
    [Fact]
    public void AnotherOwnerIsNotNamed() => Assert.Equal(0u, _takes.Find(lockId: 7, time: 50, owner: 3, before: 100));

    [Theory]
    [InlineData(true, 30, 10, 11, 12)]
    [InlineData(true, 30, 9, 11, 12)]
    [InlineData(true, 30, 30, 10, 11, 12)]
    [InlineData(false, 30, 9, 13)]
    [InlineData(false, 30, 10, 11, 13)]
    public void WhoWaitsElsewhereHasLeftTheMethodThatTookIt(bool isNamed, params int[] frames)
    {
        _takes.See(thread: 2, time: 70, Array.ConvertAll(frames, static frame => (nuint)frame));

        Assert.Equal(isNamed ? 10u : 0u, _takes.Find(lockId: 7, time: 50, owner: 2, before: 100));

        // Who wanted it before that found it taken.
        Assert.Equal(10u, _takes.Find(lockId: 7, time: 50, owner: 2, before: 60));
    }

    [Fact]
    public void WhatItsThreadDoesAfterAnotherLockSaysNothing()
    {
        _takes.Add(lockId: 8, time: 60, thread: 2, [20, 21]);
        _takes.See(thread: 2, time: 70, [30, 31]);

        Assert.Equal(10u, _takes.Find(lockId: 7, time: 50, owner: 2, before: 65));
        Assert.Equal(0u, _takes.Find(lockId: 8, time: 60, owner: 2, before: 100));
    }

    [Fact]
    public void OfVeryManyTheEarlierOnesAreForgotten()
    {
        for (int i = 0; i < 100_000; i++)
        {
            _takes.Add(lockId: 9, time: 1000 + i, thread: 100 + i, [(nuint)(1000 + i)]);
        }

        Assert.Equal(100_999u, _takes.Find(lockId: 9, time: 100_999, owner: 100_099, before: 200_000));
        Assert.Equal(0u, _takes.Find(lockId: 7, time: 50, owner: 2, before: 200_000));
    }
}

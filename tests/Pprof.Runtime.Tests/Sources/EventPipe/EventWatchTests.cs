using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>A consumer is subscribed to what is wanted, as far as it is to be had, and again when it was not.</summary>
public sealed class EventWatchTests
{
    private readonly FakeFeed _feed = new();
    private readonly RecordingConsumer _consumer = new();
    private readonly EventWatch _watch;
    private string[] _wanted = [];

    public EventWatchTests()
    {
        _watch = new EventWatch(_feed, _consumer, () => [.. _wanted.Select(static name => new EventRequest(name, default, 1, EventLevel.Verbose))])
        {
            Opening = () => _feed.Log.Add("opening"),
            Opened = () => _feed.Log.Add("opened"),
        };
    }

    [Fact]
    public async Task NothingIsAskedWhileNothingIsWanted()
    {
        await _watch.UpdateAsync();
        Assert.True(await _watch.FlushAsync());

        Assert.Empty(_feed.Log);
        Assert.Null(_watch.Failure);
        Assert.False(_watch.IsOpen);
    }

    [Fact]
    public async Task SubscriptionFollowsWhatIsWanted()
    {
        Want("a");
        Assert.True(_watch.IsOpen);
        Assert.False(await _watch.FlushAsync());
        Want("a", "b");
        Want();

        Assert.Equal(["asked", "opening", "join a", "opened", "flush", "asked", "change a,b", "leave"], _feed.Log);
        Assert.False(_watch.IsOpen);
    }

    [Fact]
    public void ReasonWhyThereAreNoEventsIsTheFailureUntilNothingIsWanted()
    {
        _feed.Unsupported = "closed";
        Want("a");
        Assert.Equal("closed", _watch.Failure);

        Want();
        Assert.Null(_watch.Failure);
        Assert.DoesNotContain("join a", _feed.Log);
    }

    [Fact]
    public async Task RefusalIsNotThrownAndTriedAgainWhenAskedTo()
    {
        _feed.Refusal = "too many sessions";
        Want("a");
        await _watch.RetryAsync();
        Assert.Equal("too many sessions", _watch.Failure);
        Assert.False(_watch.IsOpen);

        _feed.Refusal = null;
        await _watch.RetryAsync();
        Assert.Null(_watch.Failure);
        Assert.True(_watch.IsOpen);
        int calls = _feed.Log.Count;
        await _watch.RetryAsync();
        Assert.Equal(calls, _feed.Log.Count);
    }

    [Fact]
    public async Task ChangeThatIsRefusedLeavesWhatIsThereAndIsTriedAgain()
    {
        Want("a");
        _feed.Refusal = "too many sessions";
        Want("a", "b");
        Assert.Equal("too many sessions", _watch.Failure);
        Assert.True(_watch.IsOpen);

        _feed.Refusal = null;
        await _watch.RetryAsync();
        Assert.Null(_watch.Failure);
        Assert.Equal("change a,b", _feed.Log[^1]);
        Assert.DoesNotContain("leave", _feed.Log);
    }

    [Fact]
    public async Task SubscriptionThatFailedIsReplaced()
    {
        Want("a");
        _feed.Failure = "broken";
        Assert.Equal("broken", _watch.Failure);
        _feed.Log.Clear();

        await _watch.RetryAsync();
        Assert.Null(_watch.Failure);
        Assert.Equal(["leave", "asked", "opening", "join a", "opened"], _feed.Log);
    }

    [Fact]
    public async Task RetryDoesWhatWasWantedBeforeThereWasAnUpdate()
    {
        _wanted = ["a"];
        Assert.False(_watch.IsOpen);

        await _watch.RetryAsync();
        Assert.True(_watch.IsOpen);
    }

    [Fact]
    public async Task WhatIsWantedIsWatchedInTheBackground()
    {
        _wanted = ["a"];
        Task updated = _watch.UpdateAsync();

        await updated.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.True(_watch.IsOpen);
    }

    [Fact]
    public void LossIsCountedAndHandedOn()
    {
        Want("a");
        _feed.Consumer!.OnLost(3);
        _watch.ReportLoss(1);

        Assert.Equal(4, _watch.Lost);
        Assert.Equal(4, _consumer.Lost);
    }

    [Fact]
    public async Task ExceptionOfWhoSaysWhatIsWantedIsAFailure()
    {
        var watch = new EventWatch(_feed, _consumer, static () => throw new InvalidOperationException("confused"));
        await watch.UpdateAsync();

        Assert.Equal("confused", watch.Failure);
    }

    private void Want(params string[] names)
    {
        _wanted = names;
        _watch.UpdateAsync().Wait();
    }
}

using Pprof.Collectors;
using Pprof.Collectors.Goroutine;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Sources.Threads;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Threads;

/// <summary>Which of two sources has a look, and what the profile says of it.</summary>
public sealed class PreferredThreadStackSourceTests
{
    private readonly FakeSource _rests = new(1);
    private readonly FakeSource _events = new(2);

    [Fact]
    public void ThreadsAreSeenWhereTheyRestWhereThatCanBeHad()
    {
        Profile profile = Collector().Snapshot();

        Assert.Equal([1], profile.Threads.Select(static thread => thread.Id));
        Assert.Empty(GapText.Comments(profile));
    }

    [Fact]
    public void EachLookFindsOutAnewWhetherTheRuntimeHasToStopThem()
    {
        GoroutineProfileCollector collector = Collector();
        _rests.Unsupported = "no rests";

        Profile profile = collector.Snapshot();

        Assert.Null(collector.UnsupportedReason);
        Assert.Equal([2], profile.Threads.Select(static thread => thread.Id));
        Assert.Contains("why not where they rest: no rests", GapText.Comments(profile));
        _rests.Unsupported = null;
        Assert.Equal([1], collector.Snapshot().Threads.Select(static thread => thread.Id));
    }

    [Fact]
    public void WhereNobodyCanLookBothReasonsAreNamed()
    {
        _rests.Unsupported = "no rests";
        _events.Unsupported = _events.Refusal = "no events";

        Assert.Matches("no rests.*no events", Collector().UnsupportedReason);
        Assert.Matches("no rests.*no events", Assert.Throws<ProfileUnavailableException>(() => Collector().Snapshot()).Message);
    }

    private GoroutineProfileCollector Collector() => new(new PreferredThreadStackSource(_rests, _events), operations: null);

    private sealed class FakeSource(int thread) : ThreadStackSource
    {
        public string? Unsupported { get; set; }

        public string? Refusal { get; set; }

        public override string? UnsupportedReason => Unsupported;

        public override int Count => 1;

        public override Task<ThreadCoverage> ReadAsync(IThreadStackSink sink)
        {
            sink.Add(new SeenThread(thread, null, ThreadActivity.Running, null, IsManaged: true, WaitingFrames: 0, LabelSet.Empty), [0x1000]);
            return Task.FromResult(new ThreadCoverage { Refusal = Refusal });
        }

        public override ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal) => throw new NotSupportedException();
    }
}

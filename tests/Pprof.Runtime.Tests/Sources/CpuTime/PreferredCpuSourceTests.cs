using Pprof.Collectors;
using Pprof.Collectors.Cpu;
using Pprof.Encoding;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.CpuTime;

/// <summary>Which of two sources serves a request, and what the profile says of it.</summary>
public sealed class PreferredCpuSourceTests
{
    private readonly FakeSource _timers = new("timers");
    private readonly FakeSource _events = new("events");

    [Fact]
    public async Task TimersServeWhereTheyCanBeHad() => Assert.Equal(["source: timers"], await CommentsAsync());

    [Fact]
    public async Task EventsServeWhereTimersCannotBeHad()
    {
        _timers.Unsupported = "no timers";

        AssertFallback(await CommentsAsync());
        Assert.Null(Preferred().UnsupportedReason);
    }

    [Fact]
    public async Task EventsServeWhereTheHandlerIsRefused()
    {
        _timers.Refusal = "no timers";

        AssertFallback(await CommentsAsync());
    }

    [Fact]
    public async Task EventsServeWhereTimersAreRefusedWhenTheyAreStarted()
    {
        _timers.LateRefusal = "no timers";

        AssertFallback(await CommentsAsync());
    }

    [Fact]
    public async Task EachRequestAsksAnew()
    {
        _timers.Unsupported = "no timers";
        _ = await CommentsAsync();
        _timers.Unsupported = null;

        Assert.Equal(["source: timers"], await CommentsAsync());
    }

    [Fact]
    public async Task WhereNothingServesBothReasonsAreNamed()
    {
        _timers.Unsupported = "no timers";
        _events.Unsupported = _events.Refusal = "no events";

        Assert.Matches("no timers.*no events", Preferred().UnsupportedReason);
        Assert.Matches("no timers.*no events", (await Assert.ThrowsAsync<ProfileUnavailableException>(CommentsAsync)).Message);
    }

    /// <summary>It would not be in the way of fewer: they are refused because there are many.</summary>
    [Fact]
    public async Task WhereAsManyTimersRunAsThereCanBeEventsAreNotTaken()
    {
        _timers.IsBusy = true;

        _ = await Assert.ThrowsAsync<ProfilerBusyException>(CommentsAsync);
    }

    [Fact]
    public async Task WhoHangsUpWhileTheOtherIsStartedLeavesNothing()
    {
        _timers.LateRefusal = "no timers";
        _timers.Starting = new TaskCompletionSource();
        CpuSampling sampling = Preferred().TryStart(100, new CpuSamples(Shapes.Cpu.NewProfile()), out _)!;

        Task stopped = sampling.StopAsync();
        _timers.Starting.SetResult();
        await stopped;
        await Assert.ThrowsAsync<SamplingRefusedException>(() => sampling.Started);

        Assert.Equal(0, _timers.Running);
        Assert.Equal(0, _events.Running);
    }

    private static void AssertFallback(string[] comments)
    {
        Assert.Equal("source: events", comments[0]);
        Assert.Equal("why not by timers: no timers", comments[^1]);
    }

    private PreferredCpuSource Preferred() => new(_timers, _events);

    private async Task<string[]> CommentsAsync()
    {
        Profile profile = Shapes.Cpu.NewProfile();
        await new CpuProfileCollector(Preferred()).CollectAsync(
            profile, TimeSpan.FromMilliseconds(1), new ProfileArguments(new Dictionary<string, long> { ["hz"] = 100 }), CancellationToken.None);
        return [.. GapText.Comments(profile)];
    }

    private sealed class FakeSource(string name) : CpuSource
    {
        public string? Unsupported { get; set; }

        public string? Refusal { get; set; }

        public string? LateRefusal { get; set; }

        public TaskCompletionSource? Starting { get; set; }

        public bool IsBusy { get; set; }

        public int Running { get; private set; }

        public override string? UnsupportedReason => Unsupported;

        public override CpuSampling? TryStart(int rate, ICpuSink sink, out string? refusal)
        {
            refusal = Refusal;
            if (refusal is not null || IsBusy)
            {
                return null;
            }

            Running++;
            return new Sampling(this, name);
        }

        private sealed class Sampling : CpuSampling
        {
            private readonly FakeSource _source;
            private readonly string _name;
            private bool _isOver;

            public Sampling(FakeSource source, string name)
            {
                _source = source;
                _name = name;
                Started = StartAsync();
            }

            public override Task Started { get; }

            public override Task<CpuCoverage> StopAsync()
            {
                End();
                return Task.FromResult(new CpuCoverage { Source = _name, Duration = TimeSpan.Zero });
            }

            private async Task StartAsync()
            {
                if (_source.Starting is { } starting)
                {
                    await starting.Task;
                }

                if (_source.LateRefusal is { } reason)
                {
                    End();
                    throw new SamplingRefusedException(reason);
                }
            }

            private void End()
            {
                _source.Running -= _isOver ? 0 : 1;
                _isOver = true;
            }
        }
    }
}

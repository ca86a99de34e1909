using Pprof.Collectors.Wall;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Threads;
using Pprof.Sources.Threads.AtRest;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Wall;

/// <summary>The profile that is made of what runs and what waits.</summary>
public sealed class WallSamplesTests
{
    private const long Period = 10_000_000;
    private const int MaxStacks = 200_000;

    private readonly Profile _profile = Shapes.Wall.NewProfile();
    private readonly WallSamples _samples;

    public WallSamplesTests()
    {
        _samples = new WallSamples(_profile);
        _samples.Begin(Period);
    }

    [Fact]
    public void TimeThatWasToldInPiecesIsAsManyPeriodsAsItIs()
    {
        int runnable = Add(ThreadActivity.Runnable, LabelSet.Empty, 25_000_000);
        Add(ThreadActivity.Runnable, LabelSet.Empty, 14_000_000);
        int waiting = Add("Thread.Sleep", LabelSet.Empty, 0);
        for (int i = 0; i < 30; i++)
        {
            ((IThreadTimeSink)_samples).AddTo(waiting, 5_000_000);
        }

        Assert.Equal([3, 39_000_000], _profile.Samples.Values(runnable).ToArray());
        Assert.Equal([15, 150_000_000], _profile.Samples.Values(waiting).ToArray());
    }

    [Fact]
    public void WhereThereIsNoRoomLabelsAreNotKeptApartEither()
    {
        for (int i = 0; i < MaxStacks; i++)
        {
            ((ICpuSink)_samples).Add([(nuint)(1000 + i)], LabelSet.Empty, 1);
        }

        Assert.True(_samples.IsFull);
        for (int i = 0; i < 100; i++)
        {
            Add(ThreadActivity.Runnable, new LabelSet([new Label("request", $"{i}")]), Period);
        }

        Assert.Equal(MaxStacks + 1, _profile.Samples.Count);
        Assert.Equal([100, 100 * Period], _profile.Samples.Values(MaxStacks).ToArray());
    }

    [LinuxFact]
    public async Task ThreadsThatAreTooManyToWatchAreCounted()
    {
        using var done = new ManualResetEventSlim();
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(done.Wait) { IsBackground = true })];
        Array.ForEach(threads, static thread => thread.Start());

        WatchCoverage few = await LinuxThreadWatch.Start(100, _samples, maxThreads: 2).StopAsync();

        done.Set();
        Array.ForEach(threads, static thread => thread.Join());
        Assert.True(few.ThreadsLeftOut > 0);
    }

    private int Add(string state, LabelSet labels, long nanoseconds) => ((IThreadTimeSink)_samples).Add(
        new SeenThread(1, null, state, null, IsManaged: true, WaitingFrames: 0, labels), [(nuint)PseudoFrame.Runnable], nanoseconds);
}

using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Cpu;
using Pprof.Encoding;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.CpuTime.Events;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Cpu;

/// <summary>
/// The CPU profile by the runtime's own sampling, which serves where there are no timers. Runs real time: its profiles have
/// seconds.
/// </summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class EventCpuTests : IDisposable
{
    // A busy machine samples less often, and chance has more of a share.
    private const int MaxAttempts = 10;

    // Of a thousand samples, as a busy machine makes, chance has three points in one profile of twenty.
    private const double LabelError = 0.04;

    private const int Nanoseconds = 1;

    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(4);
    private static readonly ThreadCpuClock s_clock = ThreadCpuClock.Create();

    private readonly CpuProfileCollector _collector = new(new EventCpuSource());
    private readonly ManualResetEventSlim _end = new();
    private readonly List<Thread> _threads = [];
    private readonly object _held = new();
    private int _standing;

    public void Dispose()
    {
        _end.Set();
        _threads.ForEach(static thread => thread.Join());
        _end.Dispose();
    }

    [Fact]
    public async Task AThreadThatComputesHasItsTimeAndThreadsThatWaitHaveNone()
    {
        int busy = StartBusy(Burn);
        StartWaiting();
        TimeSpan before = Environment.CpuUsage.TotalTime;
        long start = s_clock.Nanoseconds(busy);

        Profile profile = await CollectAsync(s_time);

        long used = s_clock.Nanoseconds(busy) - start;
        double process = (Environment.CpuUsage.TotalTime - before).TotalNanoseconds;
        List<NamedSample> samples = NamedSample.Of(profile);
        double total = Sum(samples);
        double burned = Sum(samples.Where(static sample => sample.Has(nameof(Burn))));
        double waited = Sum(samples.Where(static sample => sample.Has(nameof(WaitForEnd)) || sample.Has(nameof(SleepToEnd)) || sample.Has(nameof(EnterHeld))));

        // What is asked before and after takes some time too.
        Assert.InRange(total / process, 0.9, 1.1);
        Assert.InRange(burned / used, 0.85, 1.05);
        Assert.True(waited / total <= 0.01, $"{waited / total:P1} of the time is where threads wait: " + string.Join('\n', samples
            .Where(static sample => !sample.Has(nameof(Burn))).OrderByDescending(static sample => sample.Values[Nanoseconds]).Take(12)
            .Select(static sample => $"{sample.Values[Nanoseconds] / 1_000_000} ms {string.Join(' ', sample.Stack.Take(4))}")));
        Assert.True(profile.DurationNanos >= s_time.TotalNanoseconds);
        Assert.Contains(GapText.Comments(profile), static comment => comment.StartsWith("source: the runtime's sample profiler", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LabelsAreThoseOfTheMomentOfTheSample()
    {
        long imported = 0;
        long exported = 0;
        int busy = StartBusy(() =>
        {
            // Labels change more often than the thread's clock is read, and never in step with the sampling.
            long start = s_clock.Nanoseconds(SystemThreads.CurrentId);
            BurnLabelled("import", Random.Shared.Next(20, 60) * 6_000);

            long between = s_clock.Nanoseconds(SystemThreads.CurrentId);
            BurnLabelled("export", Random.Shared.Next(20, 60) * 2_000);

            imported += between - start;
            exported += s_clock.Nanoseconds(SystemThreads.CurrentId) - between;
        });
        double share;
        double found;
        double labelled;
        double own;
        int attempts = 0;
        do
        {
            long importedBefore = Volatile.Read(ref imported);
            long exportedBefore = Volatile.Read(ref exported);

            Profile profile = await CollectAsync(s_time, hz: 1000);

            double allImported = Volatile.Read(ref imported) - importedBefore;
            share = allImported / (allImported + Volatile.Read(ref exported) - exportedBefore);

            // Those of the end of what has a label are where it is taken away: the first point where the thread could be stopped.
            List<NamedSample> samples = [.. NamedSample.Of(profile).Where(static sample => sample.Has(nameof(BurnLabelled)))];
            double import = Sum(samples.Where(static sample => sample.Labels.GetValueOrDefault("job") == "import"));
            double export = Sum(samples.Where(static sample => sample.Labels.GetValueOrDefault("job") == "export"));
            found = import / (import + export);
            labelled = (import + export) / Sum(samples);
            own = Sum(samples.Where(static sample => sample.Stack.Any(static frame => frame.StartsWith("Pprof.Labels.", StringComparison.Ordinal)))) / Sum(samples);
        }
        while ((Math.Abs(found - share) > LabelError || labelled < 0.97 || own > 0.03) && ++attempts < MaxAttempts);

        Assert.InRange(found, share - LabelError, share + LabelError);
        Assert.InRange(labelled, 0.97, 1);
        Assert.InRange(own, 0, 0.03);
        Assert.True(busy != 0);
    }

    [Fact]
    public async Task SecondProfileRunsBesideTheFirst()
    {
        _ = StartBusy(Burn);

        TimeSpan time = s_time / 2;
        Profile[] both = await Task.WhenAll(CollectAsync(time), CollectAsync(time, hz: 997));

        double[] burned = [.. both.Select(static profile => Sum(NamedSample.Of(profile).Where(static sample => sample.Has(nameof(Burn)))))];
        // They do not begin and end at the same moments, and the thread does not get the same share of the machine at all times.
        Assert.InRange(burned[0] / burned[1], 0.67, 1.5);
        Assert.Equal([10_000_000, 1_003_009], both.Select(static profile => profile.Period));
    }

    [LinuxFact]
    public async Task AClientThatHangsUpEndsItAndNothingIsLeftBehind()
    {
        for (int i = 0; i < 3; i++)
        {
            using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(400));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CollectAsync(TimeSpan.FromHours(1), cancellation: hangUp.Token));
        }

        Assert.True(SpinWait.SpinUntil(
            static () => !SystemThreads.Read().Any(static systemId => SystemThreads.NameOf(systemId)?.StartsWith("pprof", StringComparison.Ordinal) ?? false),
            TimeSpan.FromMinutes(1)));
    }

    [LinuxFact]
    public async Task WithoutTimersItServesAndSaysWhy()
    {
        SignalCpuSource.RefusalOverride = "timers are switched off; switch them on";
        try
        {
            var collector = new CpuProfileCollector();
            int busy = StartBusy(Burn);

            Assert.Null(collector.UnsupportedReason);
            Profile profile = await CollectAsync(TimeSpan.FromSeconds(1), collector: collector);

            Assert.Contains("why not by timers: timers are switched off; switch them on", GapText.Comments(profile));
            Assert.Contains(NamedSample.Of(profile), static sample => sample.Has(nameof(Burn)));
            Assert.True(busy != 0);
        }
        finally
        {
            SignalCpuSource.RefusalOverride = null;
        }
    }

    private static double Sum(IEnumerable<NamedSample> samples) => samples.Sum(static sample => sample.Values[Nanoseconds]);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Burn() => BurnFor(5_000_000);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void BurnLabelled(string job, int rounds)
    {
        using (PprofLabels.Push("job", job))
        {
            BurnFor(rounds);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int BurnFor(int rounds)
    {
        int mixed = 1;
        for (int i = 0; i < rounds; i++)
        {
            mixed += i ^ (mixed << 1);
        }

        return mixed;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void WaitForEnd()
    {
        Interlocked.Increment(ref _standing);
        _end.Wait();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SleepToEnd()
    {
        Interlocked.Increment(ref _standing);
        while (!_end.IsSet)
        {
            Thread.Sleep(100);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void EnterHeld()
    {
        Interlocked.Increment(ref _standing);
        lock (_held)
        {
        }
    }

    /// <summary>A thread that does the same again and again; its id.</summary>
    private int StartBusy(Action body)
    {
        int systemId = 0;
        Start(() =>
        {
            Volatile.Write(ref systemId, SystemThreads.CurrentId);
            while (!_end.IsSet)
            {
                body();
            }
        });
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref systemId) != 0, TimeSpan.FromMinutes(1)));
        return systemId;
    }

    private void StartWaiting()
    {
        Start(() =>
        {
            lock (_held)
            {
                WaitForEnd();
            }
        });
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _standing) == 1, TimeSpan.FromMinutes(1)));
        for (int i = 0; i < 7; i++)
        {
            Start(WaitForEnd);
            Start(SleepToEnd);
            Start(EnterHeld);
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref _standing) == 22, TimeSpan.FromMinutes(1)));
    }

    private void Start(Action body)
    {
        var thread = new Thread(() => body()) { IsBackground = true };
        _threads.Add(thread);
        thread.Start();
    }

    private async Task<Profile> CollectAsync(TimeSpan time, int hz = 100, CpuProfileCollector? collector = null, CancellationToken cancellation = default)
    {
        Profile profile = Shapes.Cpu.NewProfile();
        await (collector ?? _collector).CollectAsync(profile, time, new ProfileArguments(new Dictionary<string, long> { ["hz"] = hz }), cancellation);
        return profile;
    }
}

using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Wall;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Collectors.Wall;

[Measures]
public sealed class WallProfileTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(4);

    private readonly WallProfileCollector _collector = new();

    [LinuxFact]
    public async Task AllTheTimeOfAThreadIsThere()
    {
        using var done = new ManualResetEventSlim();
        using var standing = new CountdownEvent(3);
        List<Thread> threads = [.. Enumerable.Range(0, 3).Select(_ => Start(() => StandWatched(standing, done)))];
        standing.Wait();

        Profile profile = await CollectAsync(s_time);

        done.Set();
        threads.ForEach(static thread => thread.Join());

        // They spin before they wait, and each has to get a processor for that.
        NamedSample[] stand = [.. NamedSample.Of(profile).Where(static sample => sample.Has(nameof(StandWatched)))];
        Assert.InRange(stand.Sum(static sample => sample.Values[1]), 2.9 * profile.DurationNanos, 3.1 * profile.DurationNanos);
        Assert.InRange(stand.Where(static sample => sample.Labels["state"] == "wait").Sum(static sample => sample.Values[1]), 2.7 * profile.DurationNanos, 3.1 * profile.DurationNanos);
        Assert.True(profile.DurationNanos >= s_time.TotalNanoseconds);
    }

    [LinuxFact]
    public async Task OfAThousandThreadsThatWaitAllTheTimeIsThereAtABoundedCost()
    {
        const int Threads = 1000;
        using var done = new ManualResetEventSlim();
        using var standing = new CountdownEvent(Threads);
        List<Thread> threads = [.. Enumerable.Range(0, Threads).Select(_ => Start(() => StandWatched(standing, done), 128 * 1024))];
        standing.Wait();
        TimeSpan before = OwnTime();

        Profile profile = await CollectAsync(s_time);

        TimeSpan used = OwnTime() - before;
        done.Set();
        threads.ForEach(static thread => thread.Join());
        output.WriteLine($"{Threads} threads: {used.TotalNanoseconds / profile.DurationNanos:P1} of a processor; {profile.Comments[^1]}");
        long time = NamedSample.Of(profile).Where(static sample => sample.Has(nameof(StandWatched))).Sum(static sample => sample.Values[1]);
        // On a busy machine some begin to stand while it is taken.
        Assert.InRange(time / (double)profile.DurationNanos, 0.95 * Threads, 1.02 * Threads);

        // A hundredth of the machine for looking, half of that to find out which threads there are, and one last look at all:
        // on a busy machine each takes longer. A look at each thread a hundred times a second would take several processors.
        Assert.InRange(used.TotalNanoseconds / profile.DurationNanos, 0, 0.05 * Environment.ProcessorCount);
    }

    [LinuxFact]
    [Measures(false)]
    public async Task AClientThatHangsUpEndsItAndNothingIsLeftBehind()
    {
        await CollectAsync(TimeSpan.FromMilliseconds(100));
        for (int i = 0; i < 20; i++)
        {
            using var hangUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CollectAsync(TimeSpan.FromHours(1), hangUp.Token));
        }

        Assert.True(SpinWait.SpinUntil(
            static () => !Directory.GetDirectories("/proc/self/task").Any(static task => NameOf(task).StartsWith("pprof wall", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(20)));

        // Profiles of other tests open them for a moment.
        Assert.True(SpinWait.SpinUntil(
            static () => OpenFiles.Count(static path => path.EndsWith("/schedstat", StringComparison.Ordinal)) == 0,
            TimeSpan.FromSeconds(20)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StandWatched(CountdownEvent standing, ManualResetEventSlim done)
    {
        standing.Signal();
        done.Wait();
    }

    private static string NameOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            // It has ended.
            return "";
        }
    }

    private static TimeSpan OwnTime() => OwnCpuTime.Read().GetValueOrDefault("pprof wall");

    private static Thread Start(Action body, int stackSize = 0)
    {
        var thread = new Thread(() => body(), stackSize) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private async Task<Profile> CollectAsync(TimeSpan duration, CancellationToken cancellation = default)
    {
        Profile profile = Shapes.Wall.NewProfile();
        await _collector.CollectAsync(profile, duration, new ProfileArguments(new Dictionary<string, long> { ["hz"] = 100 }), cancellation);
        return profile;
    }
}

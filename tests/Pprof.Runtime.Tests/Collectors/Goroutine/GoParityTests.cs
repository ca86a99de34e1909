using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pprof.Collectors.Goroutine;
using Pprof.Encoding.Protobuf;
using Pprof.Encoding.Text;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Operations;
using Pprof.Sources.Snapshot;
using Pprof.Symbols;
using Xunit;
using Proto = Pprof.Tool.Proto;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>What the tests of Go's runtime/pprof ask of its goroutine profile, under their names.</summary>
[Collection(nameof(SnapshotCollection))]
public sealed class GoParityTests
{
    private const string Labels = """{"label":"value"}""";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    // In the order of the largest: with labels a few less of each.
    private static readonly (int Count, string Labels, string Method)[] s_counts =
    [
        (50, "", nameof(Third)), (44, Labels, nameof(Third)),
        (40, "", nameof(Second)), (36, Labels, nameof(Second)),
        (10, "", nameof(First)), (9, Labels, nameof(First)),
    ];

    private readonly GoroutineProfileCollector _collector = new();

    public GoParityTests()
    {
        LiveHeapSource.MemoryLimit.Set(PprofOptions.DefaultSnapshotMemoryLimit);
        AsyncOperationSource.ResidentLimit.Set(PprofOptions.DefaultSnapshotResidentLimit);
    }

    [LinuxFact]
    public void TestGoroutineCounts()
    {
        var symbolizer = Symbolizer.Create();
        List<(int Count, string Labels, string Method)> text = [];
        List<(int Count, string Labels, string Method)> message = [];

        // While the methods that wait are compiled anew, two threads at one place may have two stacks: those that come later
        // have one.
        _ = SpinWait.SpinUntil(
            () =>
            {
                Profile profile = SnapshotOfThreads();
                text = [.. InText(profile, symbolizer).Where(IsKnown)];
                message = [.. InMessage(profile, symbolizer).Where(IsKnown)];
                return text.SequenceEqual(s_counts);
            },
            s_patience);

        Assert.Equal(s_counts, text);
        Assert.Equal(s_counts, message);
    }

    [LinuxFact]
    public async Task TestGoroutineProfileConcurrency()
    {
        const int Threads = 30;
        const int Operations = 200;
        using var done = new ManualResetEvent(false);
        using var stop = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        HashSet<int> standing = [];
        List<Thread> threads = [.. Enumerable.Range(0, Threads).Select(_ => Start(() => First(done), standing))];
        Task[] suspended = [.. Enumerable.Range(0, Operations).Select(_ => StandAsync(gate.Task))];
        threads.AddRange(Enumerable.Range(0, 2).Select(_ => Start(() => ComeAndGo(stop.Token), [])));
        List<string> wrong = [];
        for (int round = 0; round < 4; round++)
        {
            Profile[] profiles = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => i % 2 == 0 ? _collector.Snapshot() : _collector.DetailedSnapshot())));
            wrong.AddRange(profiles.Select(profile => Wrong(profile, standing, Operations)).OfType<string>());
        }

        stop.Cancel();
        done.Set();
        gate.SetResult();
        threads.ForEach(static thread => thread.Join());
        await Task.WhenAll(suspended);
        Assert.Empty(wrong.Take(3));
    }

    private static string? Wrong(Profile profile, HashSet<int> standing, int operations)
    {
        int[] twice = [.. profile.Threads.CountBy(static thread => thread.Id).Where(static thread => thread.Value > 1).Select(static thread => thread.Key)];
        int missing = standing.Except(profile.Threads.Select(static thread => thread.Id)).Count();
        NamedSample[] samples = [.. NamedSample.Of(profile)];
        long found = samples.Where(static sample => sample.Has(nameof(StandAsync)) && sample.Labels.GetValueOrDefault("code") == "async").Sum(static sample => sample.Values[0]);
        long threads = samples.Where(static sample => sample.Labels.GetValueOrDefault("code") != "async").Sum(static sample => sample.Values[0]);
        return twice.Length > 0 ? $"{twice.Length} threads are there twice"
            : missing > 0 ? $"{missing} threads are not there"
            : found != operations ? $"{found} of {operations} operations; {profile.Gaps.MissingOperations}"
            : threads != profile.Threads.Count ? $"{threads} threads by stack, {profile.Threads.Count} one by one"
            : null;
    }

    private static bool IsKnown((int Count, string Labels, string Method) sample) => sample.Method.Length > 0;

    /// <summary>The stacks of the text: counts, labels, and which of the known methods is there.</summary>
    private static IEnumerable<(int Count, string Labels, string Method)> InText(Profile profile, Symbolizer symbolizer)
    {
        using var text = new StringWriter { NewLine = "\n" };
        TextForm.Write(text, "goroutine", profile, symbolizer, detail: 1);
        Match total = Regex.Match(text.ToString(), @"^goroutine profile: total (\d+)\n");
        Assert.Equal(Enumerable.Range(0, profile.Samples.Count).Sum(i => profile.Samples.Values(i)[0]), long.Parse(total.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        return Regex.Matches(text.ToString(), @"(?m)^(\d+) @.*\n(?:# labels: (.*)\n)?((?:#\t.*\n)*)")
            .Select(static stack => (int.Parse(stack.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture), stack.Groups[2].Value, MethodIn(stack.Groups[3].Value)));
    }

    /// <summary>The samples of the message.</summary>
    private static IEnumerable<(int Count, string Labels, string Method)> InMessage(Profile profile, Symbolizer symbolizer)
    {
        using var unzipped = new GZipStream(new MemoryStream(ProfileEncoder.Encode(profile, symbolizer, ProfileBudget.Any)), CompressionMode.Decompress);
        var message = Proto.Profile.Parser.ParseFrom(unzipped);
        var functions = message.Function.ToDictionary(static function => function.Id, function => message.StringTable[(int)function.Name]);
        var locations = message.Location.ToDictionary(static location => location.Id, location => string.Join('\n', location.Line.Select(line => functions[line.FunctionId])));
        return [.. message.Sample.Select(sample => (
            (int)sample.Value[0],
            sample.Label.Count == 0 ? "" : $"{{{string.Join(',', sample.Label.Select(label => $"\"{message.StringTable[(int)label.Key]}\":\"{message.StringTable[(int)label.Str]}\""))}}}",
            MethodIn(string.Join('\n', sample.LocationId.Select(id => locations[id])))))];
    }

    private static string MethodIn(string stack) =>
        ((string[])[nameof(First), nameof(Second), nameof(Third)]).FirstOrDefault(method => stack.Contains($".{nameof(GoParityTests)}.{method}", StringComparison.Ordinal)) ?? "";

    /// <summary>A profile while a hundred threads stand at three places, and 89 more that have a label.</summary>
    private Profile SnapshotOfThreads()
    {
        using var done = new ManualResetEvent(false);
        List<Thread> threads = [.. StartAll(100, done)];
        using (PprofLabels.Push("label", "value"))
        {
            threads.AddRange(StartAll(89, done));
        }

        try
        {
            Profile profile = _collector.Snapshot();
            for (int i = 0; i < 50 && profile.Threads.Count(static thread => thread.State == "WaitHandle.WaitOne") < threads.Count; i++)
            {
                profile = _collector.Snapshot();
            }

            return profile;
        }
        finally
        {
            done.Set();
            threads.ForEach(static thread => thread.Join());
        }
    }

    private static IEnumerable<Thread> StartAll(int count, ManualResetEvent done) => Enumerable.Range(0, count).Select(i => Start(
        i % 10 == 0 ? () => First(done) : i % 2 == 0 ? () => Second(done) : () => Third(done), []));

    /// <summary>Starts a thread, and waits until its id is known.</summary>
    private static Thread Start(Action body, HashSet<int> ids)
    {
        using var started = new ManualResetEventSlim();
        var thread = new Thread(
            () =>
            {
                ids.Add(SystemThreads.CurrentId);
                started.Set();
                body();
            },
            256 * 1024)
        { IsBackground = true };
        thread.Start();
        started.Wait();
        return thread;
    }

    private static void ComeAndGo(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            Start(static () => Thread.Sleep(1), []).Join();
            PassAsync().Wait(CancellationToken.None);
        }
    }

    // Not by the context of the test, which takes one after the other.
    private static async Task StandAsync(Task task) => await task.ConfigureAwait(false);

    private static async Task PassAsync() => await Task.Delay(1).ConfigureAwait(false);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void First(ManualResetEvent done)
    {
        done.WaitOne();
        GC.KeepAlive(done);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Second(ManualResetEvent done)
    {
        done.WaitOne();
        GC.KeepAlive(done);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Third(ManualResetEvent done)
    {
        done.WaitOne();
        GC.KeepAlive(done);
    }
}

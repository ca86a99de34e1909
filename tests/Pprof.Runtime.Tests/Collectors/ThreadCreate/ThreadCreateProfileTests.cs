using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Pprof.Collectors;
using Pprof.Collectors.Goroutine;
using Pprof.Collectors.ThreadCreate;
using Pprof.Encoding;
using Pprof.Encoding.Text;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Threads;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.ThreadCreate;

[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class ThreadCreateProfileTests : IDisposable
{
    private static readonly ThreadCreateProfileCollector s_collector = new();

    public ThreadCreateProfileTests() => ThreadCreationSource.WatchesAlways.Set(1);

    public void Dispose() => ThreadCreationSource.WatchesAlways.Set(0);

    [Fact]
    public void ThreadsStandUnderWhoCreatedThemWithTheirNames()
    {
        Profile before = s_collector.Snapshot();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                CreateAndJoin("probe");
                return NamedSample.Of(s_collector.Snapshot()).Any(sample => sample.Has(nameof(CreateAndJoin)));
            },
            TimeSpan.FromSeconds(20)));
        before = s_collector.Snapshot();
        using var done = new ManualResetEventSlim();
        for (int i = 0; i < 12; i++)
        {
            Create("worker", done);
        }

        NamedSample[] samples = [.. NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot())).Where(sample => sample.Has(nameof(Create)))];
        done.Set();
        NamedSample named = Assert.Single(samples);
        Assert.Equal("worker", named.Labels["thread"]);
        Assert.Equal([12], named.Values);
    }

    [LinuxFact]
    public void ADumpOfThreadsSaysWhoCreatedThem()
    {
        // It is this collector of which the other asks who created a thread.
        s_collector.Snapshot();
        var goroutines = new GoroutineProfileCollector();
        using var done = new ManualResetEventSlim();
        string block = $@"\[[^\n]*""made""\]:\n(?:[^\n]+\n)+created by Pprof\.[\w.]+\.{nameof(ThreadCreateProfileTests)}\.{nameof(Begin)}\n\t\S";
        List<Thread> begun = [];

        // What was created before the watch has begun nobody knows.
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                begun.Add(Begin("made", done));
                using var text = new StringWriter { NewLine = "\n" };
                TextForm.Write(text, "goroutine", goroutines.DetailedSnapshot(), Symbolizer.Create(), detail: 2);
                return Regex.IsMatch(text.ToString(), block);
            },
            TimeSpan.FromSeconds(20)));
        done.Set();
        begun.ForEach(static thread => thread.Join());
    }

    [Fact]
    public void ThreadsThatEndedStillCount()
    {
        s_collector.Snapshot();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                CreateAndJoin("probe");
                return NamedSample.Of(s_collector.Snapshot()).Any(sample => sample.Has(nameof(CreateAndJoin)));
            },
            TimeSpan.FromSeconds(20)));
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 30; i++)
        {
            CreateShortLived();
        }

        List<NamedSample> samples = NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot()));
        Assert.Equal(30, samples.Where(sample => sample.Has(nameof(CreateShortLived))).Sum(sample => sample.Values[0]));
    }

    [Fact]
    public void LookingAtTheProfileAddsNoThreadsOfThisPackage()
    {
        s_collector.Snapshot();
        Profile before = s_collector.Snapshot();
        for (int i = 0; i < 20; i++)
        {
            s_collector.Snapshot();
        }

        Assert.DoesNotContain(
            NamedSample.Of(ProfileDelta.Between(before, s_collector.Snapshot())), static sample => sample.Has(nameof(OwnThreads.Start)));
    }

    [Fact]
    public void ThreadsOfBeforeAndOfNativeCodeAreCountedToo()
    {
        var threads = new CreatedThreads();
        threads.Listed(SystemThreads.Read());
        long first = threads.Total;
        Assert.True(first >= System.Diagnostics.Process.GetCurrentProcess().Threads.Count / 2);
        var samples = new SampleTable(1);
        threads.CopyTo(samples);
        long sum = 0;
        for (int i = 0; i < samples.Count; i++)
        {
            Assert.Equal([(nuint)PseudoFrame.UntrackedThread], samples.Stack(i).ToArray());
            sum += samples.Values(i)[0];
        }

        Assert.Equal(threads.Total, sum);
    }

    [Fact]
    public void WithoutTheOptionThreadsAreListedByNameAndTheProfileSaysSo()
    {
        ThreadCreationSource.WatchesAlways.Set(0);
        var collector = new ThreadCreateProfileCollector();
        using var done = new ManualResetEventSlim();
        Create("unwatched", done);
        Profile profile = collector.Snapshot();
        NamedSample[] samples = [.. NamedSample.Of(profile)];
        done.Set();

        Assert.DoesNotContain(samples, sample => sample.Has(nameof(Create)));
        Assert.Contains(samples, sample => sample.Labels.GetValueOrDefault("thread") == "unwatched");
        Assert.All(Enumerable.Range(0, samples.Length), i => Assert.Equal([(nuint)PseudoFrame.UntrackedThread], profile.Samples.Stack(i).ToArray()));
        Assert.Contains(GapText.Comments(profile), comment => comment.Contains("ThreadCreation = true"));
        Assert.InRange(collector.Count, 2, int.MaxValue);
    }

    [Fact]
    public async Task WindowSeesWhoCreatesThreadsWithoutTheOption()
    {
        ThreadCreationSource.WatchesAlways.Set(0);
        var collector = new ThreadCreateProfileCollector();
        using var done = new ManualResetEventSlim();
        Profile delta;
        await using (ProfileWindow window = await collector.BeginWindowAsync(default))
        {
            Profile before = window.Snapshot(Shapes.ThreadCreate);
            Create("in the window", done);
            delta = ProfileDelta.Between(before, window.Snapshot(Shapes.ThreadCreate));
        }

        Create("after it", done);
        List<NamedSample> later = NamedSample.Of(collector.Snapshot());
        done.Set();

        NamedSample created = Assert.Single(NamedSample.Of(delta), sample => sample.Has(nameof(Create)));
        Assert.Equal("in the window", created.Labels["thread"]);
        Assert.Empty(GapText.Comments(delta));
        Assert.DoesNotContain(later, sample => sample.Has(nameof(Create)) && sample.Labels["thread"] == "after it");
        Assert.Contains(later, sample => sample.Labels.GetValueOrDefault("thread") == "after it");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Create(string name, ManualResetEventSlim done)
    {
        var thread = new Thread(done.Wait) { Name = name, IsBackground = true };
        thread.Start();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread Begin(string name, ManualResetEventSlim done)
    {
        var thread = new Thread(done.Wait) { Name = name, IsBackground = true };
        thread.Start();
        return thread;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CreateAndJoin(string name)
    {
        var thread = new Thread(() => { }) { Name = name };
        thread.Start();
        thread.Join();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CreateShortLived()
    {
        var thread = new Thread(() => { });
        thread.Start();
        thread.Join();
    }
}

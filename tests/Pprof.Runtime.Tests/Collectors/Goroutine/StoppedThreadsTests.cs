using System.Diagnostics;
using System.Runtime.CompilerServices;
using Pprof.Collectors.Goroutine;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Runtime.Tests.Sources.EventPipe;
using Pprof.Sources.Threads.Stopped;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

/// <summary>The threads as the runtime's own sampling shows them, which serves where they cannot be read at rest.</summary>
[Measures]
[Collection(nameof(EventPipeCollection))]
public sealed class StoppedThreadsTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly GoroutineProfileCollector _collector = new(new EventThreadStackSource(), operations: null);

    [Fact]
    public void EveryManagedThreadIsThereWithItsStackAndWhatItWaitsFor()
    {
        using var threads = new KnownThreads();

        Assert.All(threads.Check(_collector, maxFrames: 100), static line => Assert.EndsWith(": ok", line, StringComparison.Ordinal));
    }

    [Fact]
    public void NativeThreadsAreMarkedAndThoseOfThePackageAreNotThere()
    {
        Profile profile = _collector.Snapshot();

        Assert.Contains(profile.Threads, static thread => thread.IsManaged);
        Assert.All(profile.Threads.Where(static thread => !thread.IsManaged), thread =>
        {
            Assert.Contains(new Label("code", "native"), profile.Samples.Labels(thread.Sample).Labels);
            Assert.Equal([(nuint)PseudoFrame.UnknownStack], profile.Samples.Stack(thread.Sample).ToArray());
        });
        Assert.Contains(profile.Threads, static thread => !thread.IsManaged && (thread.Name?.StartsWith(".NET ", StringComparison.Ordinal) ?? false));
        Assert.DoesNotContain(profile.Threads, static thread => thread.Name?.StartsWith("pprof ", StringComparison.Ordinal) ?? false);
        Assert.Equal(profile.Threads.Count, profile.Threads.DistinctBy(static thread => thread.Id).Count());
    }

    [Fact]
    public void ManyThreadsAreCountedByStackAndHaveTheirLabels()
    {
        const int Threads = 200;
        using var done = new ManualResetEventSlim();
        using var standing = new CountdownEvent(Threads);
        List<Thread> threads = [];
        using (PprofLabels.Push("tenant", "acme"))
        {
            for (int i = 0; i < Threads; i++)
            {
                var thread = new Thread(() => Stand(standing, done), 256 * 1024) { IsBackground = true };
                thread.Start();
                threads.Add(thread);
            }
        }

        standing.Wait();
        long found = 0;
        _ = SpinWait.SpinUntil(
            () =>
            {
                long start = Stopwatch.GetTimestamp();
                Profile profile = _collector.Snapshot();
                output.WriteLine($"{profile.Threads.Count} threads: {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F0} ms");
                found = NamedSample.Of(profile).Where(static sample => sample.Has(nameof(Stand)) && sample.Labels.GetValueOrDefault("tenant") == "acme").Sum(static sample => sample.Values[0]);
                return found == Threads;
            },
            s_patience);

        done.Set();
        threads.ForEach(static thread => thread.Join());
        Assert.Equal(Threads, found);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Stand(CountdownEvent standing, ManualResetEventSlim done)
    {
        standing.Signal();
        done.Wait();
        GC.KeepAlive(done);
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Collectors.Goroutine;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Symbols;
using Pprof.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

[Measures]
public sealed class GoroutineProfileTests(ITestOutputHelper output)
{
    private static readonly object s_gate = new();

    private readonly GoroutineProfileCollector _collector = new();

    [LinuxFact]
    public void EveryThreadIsThereWithItsWholeStackAndWhatItWaitsFor()
    {
        using var threads = new KnownThreads();

        Assert.All(threads.Check(), line => Assert.EndsWith(": ok", line, StringComparison.Ordinal));
    }

    [LinuxFact]
    public void FiveHundredThreadsAreCountedByStack()
    {
        const int Threads = 500;
        using var done = new ManualResetEventSlim();
        using var standing = new CountdownEvent(Threads);
        List<Thread> threads = [.. Enumerable.Range(0, Threads).Select(i => Run($"many {i}", () => Stand(standing, done)))];
        standing.Wait();
        TimeSpan best = TimeSpan.MaxValue;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                long start = Stopwatch.GetTimestamp();
                Profile profile = _collector.Snapshot();
                TimeSpan took = Stopwatch.GetElapsedTime(start);
                best = took < best ? took : best;
                return NamedSample.Of(profile).Where(sample => sample.Has(nameof(Stand))).Sum(sample => sample.Values[0]) == Threads
                    && NamedSample.Of(profile).Exists(sample => sample.Has(nameof(Stand)) && sample.Values[0] > Threads / 2);
            },
            TimeSpan.FromSeconds(60)));
        for (int i = 0; i < 20; i++)
        {
            long start = Stopwatch.GetTimestamp();
            _collector.Snapshot();
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        output.WriteLine($"500 threads: {best.TotalMilliseconds:F1} ms");
        Assert.InRange(_collector.Count, Threads, 10 * Threads);
        done.Set();
        threads.ForEach(static thread => thread.Join());
    }

    [LinuxFact]
    public void LabelsOfAThreadAreThere()
    {
        using var done = new ManualResetEventSlim();
        using var standing = new CountdownEvent(1);
        Thread thread = Run("labelled", () =>
        {
            using (PprofLabels.Push("tenant", "acme"))
            {
                Stand(standing, done);
            }
        });
        standing.Wait();

        NamedSample sample = Assert.Single(NamedSample.Of(_collector.Snapshot()), sample => sample.Has(nameof(Stand)) && sample.Labels.ContainsKey("tenant"));

        Assert.Equal("acme", sample.Labels["tenant"]);
        done.Set();
        thread.Join();
    }

    [LinuxFact]
    public void NativeThreadsAreMarkedAndThoseOfThePackageAreNotThere()
    {
        Profile profile = _collector.Snapshot();

        ProfileThread native = profile.Threads.First(static thread => !thread.IsManaged && (thread.Name?.StartsWith(".NET ", StringComparison.Ordinal) ?? false));
        Assert.Contains(new Label("code", "native"), profile.Samples.Labels(native.Sample).Labels);
        Assert.DoesNotContain(profile.Threads, static thread => thread.Name == "pprof threads");
    }

    [LinuxFact]
    public unsafe void AThreadThatBlocksTheSignalIsThereWithoutItsStack()
    {
        const int SigBlock = 0;
        bool stop = false;
        bool spins = false;
        Thread thread = Run("blocking", () =>
        {
            ulong* all = stackalloc ulong[16];
            new Span<ulong>(all, 16).Fill(ulong.MaxValue);
            _ = Libc.SignalMask(SigBlock, all, null);
            Volatile.Write(ref spins, true);
            while (!Volatile.Read(ref stop))
            {
                // The runtime stops threads by a signal, too, if they do not call out: a collection would wait for ever.
                _ = Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0);
            }
        });
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref spins), TimeSpan.FromSeconds(20)));

        try
        {
            // While somebody else's collection is under way it waits for that on its way back from a call.
            Profile profile;
            ProfileThread blocking;
            int looks = 0;
            do
            {
                profile = _collector.Snapshot();
                blocking = Assert.Single(profile.Threads, static thread => thread.Name == "blocking");
            }
            while (blocking.State != "running" && ++looks < 50);

            Assert.Equal("running", blocking.State);
            Assert.Equal([(nuint)PseudoFrame.UnknownStack], profile.Samples.Stack(blocking.Sample).ToArray());
        }
        finally
        {
            Volatile.Write(ref stop, true);
            thread.Join();
        }
    }

    [LinuxFact]
    public void OfADeepStackThatRunsTheInnermostFramesAreThere()
    {
        bool stop = false;
        bool spins = false;
        var thread = new Thread(() => SpinDeep(2000, ref spins, ref stop), 8 * 1024 * 1024) { IsBackground = true, Name = "deep" };
        thread.Start();
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref spins), TimeSpan.FromSeconds(20)));

        // Now and then it is in the kernel, for the JIT, which compiles the loop anew.
        Profile profile = _collector.Snapshot();
        ProfileThread deep = Deep(profile);
        Assert.True(SpinWait.SpinUntil(() => deep.State is "running" or "runnable" || (deep = Deep(profile = _collector.Snapshot())).State is "running" or "runnable", TimeSpan.FromSeconds(60)));
        var symbolizer = Symbolizer.Create();
        nuint[] stack = profile.Samples.Stack(deep.Sample).ToArray();
        Volatile.Write(ref stop, true);
        thread.Join();
        Assert.InRange(stack.Count(address => symbolizer.Resolve(address)?.Name.Contains("." + nameof(SpinDeep), StringComparison.Ordinal) ?? false), 400, 2000);
        Assert.Equal((nuint)PseudoFrame.TruncatedStack, stack[^1]);

        static ProfileThread Deep(Profile profile) => Assert.Single(profile.Threads, static thread => thread.Name == "deep");
    }

    /// <summary>Two threads that both want one processor: at most one of them has it.</summary>
    [LinuxFact]
    public void AThreadThatIsReadyAndHasNoProcessorIsRunnable()
    {
        bool stop = false;
        bool refused = false;
        int processor = Thread.GetCurrentProcessorId();
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => Run($"crowded {i}", () => SpinOn(processor, ref stop, ref refused)))];
        HashSet<string> states = [];
        bool isSeen = SpinWait.SpinUntil(
            () =>
            {
                Profile profile = _collector.Snapshot();
                var symbolizer = Symbolizer.Create();
                foreach (ProfileThread thread in profile.Threads.Where(static thread => thread.Name?.StartsWith("crowded", StringComparison.Ordinal) ?? false))
                {
                    if (profile.Samples.Stack(thread.Sample).ToArray().Any(address => symbolizer.Resolve(address)?.Name.Contains("." + nameof(SpinOn), StringComparison.Ordinal) ?? false))
                    {
                        states.Add(thread.State);
                    }
                }

                return states.IsSupersetOf(["running", "runnable"]);
            },
            TimeSpan.FromSeconds(30));
        Volatile.Write(ref stop, true);
        Array.ForEach(threads, static thread => thread.Join());

        Assert.False(refused);
        Assert.True(isSeen, string.Join(", ", states));
    }

    /// <summary>Dumps in a row while threads come and go, under full load.</summary>
    [LinuxFact]
    public void NoStackIsWrongWhileThreadsComeAndGoAndNothingIsLeftBehind()
    {
        int dumps = Repetitions.Of(few: 50, many: 1000);
        using var stop = new ManualResetEventSlim();
        List<Thread> threads = [.. Enumerable.Range(0, 4).Select(i => Run($"alternating {i}", () =>
        {
            while (!stop.IsSet)
            {
                Alternate(1);
                Alternate(2);
            }
        }))];
        threads.Add(Run("creating", () =>
        {
            while (!stop.IsSet)
            {
                Run("short", static () => Thread.Sleep(1)).Join();
            }
        }));
        _collector.Snapshot();
        int descriptors = OpenFiles.CountOfProc();
        var symbolizer = Symbolizer.Create();
        int seen = 0;
        var wrong = new HashSet<string>();
        for (int i = 0; i < dumps; i++)
        {
            Profile profile = _collector.Snapshot();
            foreach (ProfileThread thread in profile.Threads.Where(static thread => thread.Name?.StartsWith("alternating", StringComparison.Ordinal) ?? false))
            {
                string[] stack = [.. profile.Samples.Stack(thread.Sample).ToArray().Select(address => symbolizer.Resolve(address)?.Name.Split('(')[0] ?? "?")];
                bool first = stack.Any(static frame => frame.EndsWith("." + nameof(First), StringComparison.Ordinal));
                bool second = stack.Any(static frame => frame.EndsWith("." + nameof(Second), StringComparison.Ordinal));
                seen += first || second ? 1 : 0;
                if (first && second)
                {
                    wrong.Add(string.Join(" < ", stack));
                }
            }
        }

        stop.Set();
        threads.ForEach(static thread => thread.Join());
        Assert.Empty(wrong);
        Assert.InRange(seen, dumps, int.MaxValue);
        OpenFiles.AssertOfProc(descriptors + 20);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SpinDeep(int depth, ref bool spins, ref bool stop)
    {
        if (depth > 1)
        {
            SpinDeep(depth - 1, ref spins, ref stop);
            GC.KeepAlive(s_gate);
            return;
        }

        Volatile.Write(ref spins, true);
        while (!Volatile.Read(ref stop))
        {
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static unsafe void SpinOn(int processor, ref bool stop, ref bool refused)
    {
        // sched_setaffinity(2), by its number.
        nint call = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 122 : 203;
        ulong* set = stackalloc ulong[16];
        new Span<ulong>(set, 16).Clear();
        set[processor / 64] = 1UL << (processor % 64);
        if (Libc.Call(call, 0, 16 * sizeof(ulong), (nint)set, 0, 0) < 0)
        {
            refused = true;
        }

        while (!Volatile.Read(ref stop))
        {
        }
    }

    private static Thread Run(string name, Action body)
    {
        var thread = new Thread(() => body(), 256 * 1024) { IsBackground = true, Name = name };
        thread.Start();
        return thread;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Stand(CountdownEvent standing, ManualResetEventSlim done)
    {
        standing.Signal();
        done.Wait();
        GC.KeepAlive(done);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Alternate(int which)
    {
        if (which == 1)
        {
            First();
        }
        else
        {
            Second();
        }

        GC.KeepAlive(s_gate);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void First()
    {
        lock (s_gate)
        {
            Thread.SpinWait(50);
        }

        Thread.Sleep(0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Second()
    {
        Thread.SpinWait(20);
        lock (s_gate)
        {
            Thread.SpinWait(50);
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.Collectors.Trace;
using Pprof.Collectors.Waits;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Collectors.Trace;
using Pprof.Runtime.Tests.Collectors.Waits;
using Pprof.Sources.Trace;
using Pprof.Symbols;
using Pprof.Workloads;

namespace Pprof.Runtime.Tests.NativeAot;

/// <summary>The waiting of this program: what is profiled against what it measures. Each case says "ok", or what is wrong.</summary>
internal static class WaitCases
{
    private const int Contentions = 0;
    private const int Delay = 1;
    private const int Repetitions = 5;

    // A busy machine can keep a thread from its core before it begins to wait.
    private const int Attempts = 5;

    // How much of what the program measures may be no waiting: it spins before, and has to get a core afterwards.
    private const double Unwaited = 0.05;

    private static readonly BlockProfileCollector s_block = new();
    private static readonly MutexProfileCollector s_mutex = new();
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(3);

    /// <summary>Runs one.</summary>
    public static string Run(string name)
    {
        if (s_block.UnsupportedReason is { } reason)
        {
            return reason;
        }

        return name switch
        {
            "kinds" => Kinds(),
            "locks" => Locks(),
            "crowd" => Crowd(),
            "storm" => Storm(),
            "pairs" => Pairs(),
            "idle" => Idle(),
            "window" => Window(),
            "fraction" => Fraction(),
            "off" => Off(),
            "trace" => Try(Trace),
            _ => throw new ArgumentException(name, nameof(name)),
        };
    }

    /// <summary>Every kind of wait, with its label, its number and its time.</summary>
    private static string Kinds()
    {
        PprofRuntime.SetBlockProfileRate(1);
        string[] wrong = [.. KnownWaits.All.Select(static wait => (wait.Name, Text: Try(() => Kind(wait)))).Where(static wait => wait.Text != "ok").Select(static wait => $"{wait.Name}: {wait.Text}")];
        return wrong.Length == 0 ? "ok" : string.Join("; ", wrong);
    }

    private static string Kind(KnownWait wait)
    {
        Profile before = s_block.Snapshot();
        TimeSpan most = default;
        TimeSpan least = default;
        WaitWork.OnThreads(1, _ =>
        {
            for (int i = 0; i < Repetitions; i++)
            {
                TimeSpan unwaited = Unwaiting();
                long start = Stopwatch.GetTimestamp();
                wait.Run();
                TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
                most += elapsed;
                least += elapsed - (Unwaiting() - unwaited);
            }
        });

        // What the runtime itself locks on the way is short.
        NamedSample[] samples = [.. NamedSample.Of(ProfileDelta.Between(before, s_block.Snapshot())).Where(sample => sample.Has(wait.Name) && sample.Values[Delay] > 10_000_000)];
        return samples is not [{ } sample] ? $"{samples.Length} samples: {string.Join(" | ", samples.Select(static sample => string.Join(" < ", sample.Stack)))}"
            : sample.Labels.GetValueOrDefault("wait") != wait.Kind ? $"a {sample.Labels.GetValueOrDefault("wait")}: {string.Join(" < ", sample.Stack)}"
            : sample.Values[Contentions] != Repetitions ? $"{sample.Values[Contentions]} waits"
            : Near(least, most, sample.Values[Delay]);
    }

    /// <summary>Locks are in both profiles, other waits in one, and both begin with the lock's own frame.</summary>
    private static string Locks()
    {
        PprofRuntime.SetMutexProfileFraction(1);
        PprofRuntime.SetBlockProfileRate(1);
        var gate = new Lock();
        object monitor = new();
        Profile mutexBefore = s_mutex.Snapshot();
        Profile blockBefore = s_block.Snapshot();
        WaitWork.WhileHeld(gate.Enter, gate.Exit, () => EnterLock(gate));
        WaitWork.WhileHeld(() => Monitor.Enter(monitor), () => Monitor.Exit(monitor), () => EnterMonitor(monitor));
        WaitWork.OnThreads(1, static _ => WaitForSignal());
        List<NamedSample> mutex = NamedSample.Of(ProfileDelta.Between(mutexBefore, s_mutex.Snapshot()));
        List<NamedSample> block = NamedSample.Of(ProfileDelta.Between(blockBefore, s_block.Snapshot()));
        foreach (string method in new[] { nameof(EnterLock), nameof(EnterMonitor) })
        {
            NamedSample[] both = [.. mutex.Concat(block).Where(sample => sample.Has(method))];
            if (both.Length != 2 || both.Any(static sample => sample.Values[Contentions] != 1))
            {
                return $"{method} is {both.Length} times there";
            }

            if (both.FirstOrDefault(static sample => !sample.Stack[0].StartsWith("System.Threading.Lock.", StringComparison.Ordinal)) is { } other)
            {
                return string.Join(" < ", other.Stack);
            }
        }

        return mutex.Any(static sample => sample.Has(nameof(WaitForSignal))) ? "a wait for an event is a contention"
            : !block.Any(static sample => sample.Has(nameof(WaitForSignal)) && sample.Stack[0].StartsWith("System.Threading.WaitHandle.", StringComparison.Ordinal)) ? "a wait for an event is not there"
            : "ok";
    }

    /// <summary>64 threads on a lock that is held for a millisecond: what is profiled is what they measure.</summary>
    private static string Crowd()
    {
        const int Wanted = 3_000;
        PprofRuntime.SetMutexProfileFraction(1);
        PprofRuntime.SetBlockProfileRate(1);
        var crowd = new Crowd();
        Profile mutexBefore = s_mutex.Snapshot();
        Profile blockBefore = s_block.Snapshot();
        long counted = Monitor.LockContentionCount;
        WaitWork.OnThreads(64, _ =>
        {
            while (crowd.Contentions < Wanted)
            {
                crowd.Enter();
                Thread.Sleep(1);
            }
        });
        counted = Monitor.LockContentionCount - counted;
        NamedSample[] mutex = [.. NamedSample.Of(ProfileDelta.Between(mutexBefore, s_mutex.Snapshot())).Where(static sample => sample.Has(nameof(crowd.EnterTaken)))];
        NamedSample[] block = [.. NamedSample.Of(ProfileDelta.Between(blockBefore, s_block.Snapshot())).Where(static sample => sample.Has(nameof(crowd.EnterTaken)))];
        long contentions = mutex.Sum(static sample => sample.Values[Contentions]);
        var waited = TimeSpan.FromMicroseconds(crowd.WaitedNanoseconds / 1000);
        return Math.Abs(contentions - counted) > counted * 0.05 ? $"{contentions} contentions, and {counted} were counted"
            : block.Sum(static sample => sample.Values[Contentions]) != contentions ? "both profiles are not the same"
            : block.FirstOrDefault(static sample => sample.Labels.GetValueOrDefault("wait") != "lock") is { } other ? $"a {other.Labels.GetValueOrDefault("wait")}"
            : Near(waited, waited, mutex.Sum(static sample => sample.Values[Delay]));
    }

    /// <summary>64 threads that do nothing else.</summary>
    private static string Storm()
    {
        var often = new Lock();
        var rarely = new Lock();
        return Count(64, thread => thread < 48 ? Often(often) : Rarely(rarely));
    }

    /// <summary>
    /// More contentions than can be recorded: what each stands for adds up. Long ones among them are all recorded, and what
    /// the others are does not become theirs.
    /// </summary>
    private static string Pairs()
    {
        const int Long = 20;
        object gate = new();
        return Count(8, static _ => Pair(), () =>
        {
            for (int i = 0; i < Long; i++)
            {
                WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => EnterMonitor(gate));
            }
        }) is var all && all != "ok"
            ? all
            : NamedSample.Of(s_mutex.Snapshot()).Where(static sample => sample.Has(nameof(EnterMonitor))).Sum(static sample => sample.Values[Contentions]) is var few && few is < Long / 2 or > Long * 2
                ? $"{few} contentions of {Long}"
                : "ok";
    }

    private static string Count(int threads, Func<int, long> enter, Action? meanwhile = null)
    {
        PprofRuntime.SetMutexProfileFraction(1);
        Profile before = s_mutex.Snapshot();
        long counted = Monitor.LockContentionCount;
        long start = Stopwatch.GetTimestamp();
        WaitWork.OnThreads(threads + 1, thread =>
        {
            while (thread < threads && Stopwatch.GetElapsedTime(start) < s_time)
            {
                _ = enter(thread);
            }

            if (thread == threads)
            {
                meanwhile?.Invoke();
            }
        });
        counted = Monitor.LockContentionCount - counted;
        Profile delta = ProfileDelta.Between(before, s_mutex.Snapshot());
        List<NamedSample> samples = NamedSample.Of(delta);
        long contentions = samples.Sum(static sample => sample.Values[Contentions]);

        // 1,250 at least are recorded in a second.
        return !IsNear(contentions, counted, oneFor: 1 + (counted / s_time.TotalSeconds / 1250)) ? $"{contentions} contentions, and {counted} were counted; one for up to {delta.Gaps.RecordedOneWaitIn}"
            : delta.Gaps.LostEvents > 0 ? $"{delta.Gaps.LostEvents} waits are lost"
            : "ok";
    }

    /// <summary>Threads of the pool that have nothing to do, timers, and who sleeps, wait for nothing.</summary>
    private static string Idle()
    {
        PprofRuntime.SetBlockProfileRate(1);
        int ticks = 0;
        using (new Timer(_ => Interlocked.Increment(ref ticks), null, 1, 5))
        {
            SpinWait.SpinUntil(() => Volatile.Read(ref ticks) >= 20, TimeSpan.FromSeconds(10));
        }

        for (int i = 0; i < 50; i++)
        {
            Task.Run(static () => Thread.Sleep(1)).Wait();
            Thread.Sleep(5);
        }

        string[] idle = ["TimerThread", "GateThreadStart", "WorkerThreadStart", "Thread.Sleep", "WaitForSignal", "StartCore"];
        NamedSample? shown = NamedSample.Of(s_block.Snapshot()).FirstOrDefault(sample => sample.Stack.Any(frame => idle.Any(frame.EndsWith)));
        return shown is null ? "ok" : string.Join(" < ", shown.Stack);
    }

    /// <summary>A window sees waits without a rate, and leaves nothing behind.</summary>
    private static string Window()
    {
        object gate = new();
        ProfileWindow window = s_mutex.BeginWindowAsync(default).GetAwaiter().GetResult();
        Profile before = window.Snapshot();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => EnterMonitor(gate));
        WaitWork.OnThreads(1, static _ => WaitForSignal());
        List<NamedSample> seen = NamedSample.Of(ProfileDelta.Between(before, window.Snapshot()));
        window.DisposeAsync().AsTask().Wait();
        WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => EnterMonitor(gate));
        return seen.Count != 1 || !seen[0].Has(nameof(EnterMonitor)) ? $"{seen.Count} samples in the window"
            : NamedSample.Of(s_mutex.Snapshot()).Count > 0 ? "something is left"
            : "ok";
    }

    /// <summary>One contention in ten, which stands for ten.</summary>
    private static string Fraction()
    {
        PprofRuntime.SetMutexProfileFraction(10);
        var crowd = new Crowd();
        Profile before = s_mutex.Snapshot();
        long counted = Monitor.LockContentionCount;
        WaitWork.OnThreads(16, _ =>
        {
            while (crowd.Contentions < 3_000)
            {
                crowd.Enter();
                Thread.Sleep(1);
            }
        });
        counted = Monitor.LockContentionCount - counted;
        long contentions = NamedSample.Of(ProfileDelta.Between(before, s_mutex.Snapshot())).Sum(static sample => sample.Values[Contentions]);

        // On a busy machine a thread hardly waits for a lock that is held for so short a time.
        return !IsNear(contentions, counted, oneFor: 10) ? $"{contentions} contentions, and {counted} were counted" : "ok";
    }

    /// <summary>Five standard deviations, where of so many one is recorded.</summary>
    private static bool IsNear(long contentions, long counted, double oneFor) => Math.Abs(contentions - counted) <= 5 * Math.Sqrt(counted * oneFor);

    /// <summary>A rate that was taken away shows nothing more, and one that was given again does.</summary>
    private static string Off()
    {
        object gate = new();
        for (int i = 0; i < 20; i++)
        {
            PprofRuntime.SetMutexProfileFraction(i % 2);
            WaitWork.WhileHeld(() => Monitor.Enter(gate), () => Monitor.Exit(gate), () => EnterMonitor(gate));
            _ = s_mutex.Snapshot();
        }

        NamedSample[] samples = [.. NamedSample.Of(s_mutex.Snapshot()).Where(static sample => sample.Has(nameof(EnterMonitor)))];
        long count = samples.Sum(static sample => sample.Values[Contentions]);
        return count == 10 ? "ok" : $"{count} contentions";
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Pair()
    {
        LockWork.RunOne();
        return 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Often(Lock gate)
    {
        lock (gate)
        {
            return Spin(20);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long Rarely(Lock gate)
    {
        lock (gate)
        {
            return Spin(2000);
        }
    }

    private static long Spin(int rounds)
    {
        Thread.SpinWait(rounds);
        return rounds;
    }

    /// <summary>A trace has each wait on its thread, with its stack, for as long as it was.</summary>
    private static string Trace()
    {
        var gate = new Lock();
        List<(string Method, TraceWait Reason, int Thread, TimeSpan Least, TimeSpan Most)> known = [];
        var trace = new RecordedTrace();
        new TraceProfileCollector().WriteAsync(
            new StreamOutput(Stream.Null, (_, _) => trace),
            _ => Task.Factory.StartNew(
                () =>
                {
                    WaitWork.WhileHeld(gate.Enter, gate.Exit, () => Know(nameof(EnterLock), TraceWait.Lock, () => EnterLock(gate)));
                    WaitWork.OnThreads(1, _ => Know(nameof(WaitForSignal), TraceWait.Handle, WaitForSignal));
                },
                TaskCreationOptions.LongRunning),
            TraceContent.Waits,
            CancellationToken.None).Wait();
        Symbolizer symbolizer = Symbolizer.Create();
        foreach ((string method, TraceWait reason, int thread, TimeSpan least, TimeSpan most) in known)
        {
            (int Thread, TraceWait Reason, long Ticks, nuint[] Frames)[] waits =
                [.. trace.Waits.Where(wait => wait.Thread == thread && wait.Frames.Any(frame => symbolizer.Resolve(frame)?.Name.EndsWith(method, StringComparison.Ordinal) == true))];
            string text = waits is not [var wait] ? $"{waits.Length} waits in {method}, {string.Join("; ", trace.Logs.Select(static log => log.Message))}"
                : wait.Reason != reason ? $"{method}: {wait.Reason}"
                : Near(least, most, wait.Ticks) is var near && near != "ok" ? $"{method}: {near}"
                : "ok";
            if (text != "ok")
            {
                return text;
            }
        }

        return "ok";

        void Know(string method, TraceWait reason, Action wait)
        {
            TimeSpan unwaited = Unwaiting();
            long start = Stopwatch.GetTimestamp();
            wait();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            known.Add((method, reason, SystemThreads.CurrentId, elapsed - (Unwaiting() - unwaited), elapsed));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterLock(Lock gate)
    {
        lock (gate)
        {
            _ = Spin(1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void EnterMonitor(object gate)
    {
        lock (gate)
        {
            _ = Spin(1);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void WaitForSignal() => new ManualResetEvent(false).WaitOne(KnownWaits.Milliseconds);

    private static string Try(Func<string> check)
    {
        string text = "";
        for (int i = 0; i < Attempts && text != "ok"; i++)
        {
            KnownWaits.Milliseconds = KnownWaits.DefaultMilliseconds << (2 * i);
            text = check();
        }

        KnownWaits.Milliseconds = KnownWaits.DefaultMilliseconds;
        return text;
    }

    /// <summary>The time that this thread ran, or was ready to: it spins before it waits, and on a busy machine that takes its time.</summary>
    private static TimeSpan Unwaiting() =>
        ThreadRuns.TryParse(File.ReadAllBytes("/proc/thread-self/schedstat"), out ThreadRuns runs)
            ? TimeSpan.FromMicroseconds((runs.RunNanoseconds + runs.DelayNanoseconds) / 1000)
            : throw new InvalidDataException("/proc/thread-self/schedstat");

    private static string Near(TimeSpan least, TimeSpan most, long nanoseconds)
    {
        double milliseconds = nanoseconds / 1e6;
        return milliseconds > least.TotalMilliseconds * (1 - Unwaited) && milliseconds < most.TotalMilliseconds * (1 + Unwaited)
            ? "ok"
            : string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.0} of {least.TotalMilliseconds:0.0} to {most.TotalMilliseconds:0.0} ms");
    }
}

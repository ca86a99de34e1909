using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.Managed;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>
/// Looks at the threads of the process at moments that nobody can keep step with, and finds where those stand that wait. A
/// thread that has not run since the last look stands where it stood, which one short line of the kernel's tells: so
/// threads that wait for long cost next to nothing.
/// </summary>
/// <remarks>
/// How long a thread has waited since the last look the kernel tells exactly: it counts the time that a thread runs, and
/// that it is ready to run. The looks alone would not be right where processors are scarce: the thread that looks gets one
/// when another comes to rest, and so would see it rest too often. If it has not run, it has waited where it stands. If it
/// has, it may have been at several places: what it waited in all such times is divided among these, at the end, as looks
/// have seen it there. To give the time of each to the places at its two ends would not be right: a thread that is seen
/// running has no place, and what stands before and after running is not as likely as the rest.
/// </remarks>
internal sealed class LinuxThreadWatch : ThreadWatch
{
    private const int StackSize = 512 * 1024;
    private const int MaxFrames = 1024;

    // Each has a file open. The application needs some itself: a share of those that it may open is taken at the most.
    private const int MaxThreads = 4096;
    private const int FileShare = 4;

    // The share of one processor's time that looking may take, for each processor of the machine.
    private const double Effort = 0.01;

    // A thread that comes and goes between two of these was never there. Where there are so many that to list them takes more
    // than half of what looking may, they are listed less often.
    private static readonly TimeSpan s_listing = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_shortestPause = TimeSpan.FromMilliseconds(2);

    private readonly IThreadTimeSink _sink;
    private readonly int _maxThreads;
    private readonly TimeSpan _period;
    private readonly ManualResetEventSlim _stop = new();
    private readonly TaskCompletionSource<WatchCoverage> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, WatchedThread> _threads = [];
    private readonly Queue<WatchedThread> _turn = [];
    private readonly StackUnwinder _unwinder = new();
    private readonly ThreadActivity _activity = new(ManagedSymbols.Create());
    private readonly nuint[] _frames = new nuint[MaxFrames + 1];
    private readonly RestingStacks _rest;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _end = long.MaxValue;
    private long _looks;
    private long _watchedTicks;
    private int _leftOut;

    private LinuxThreadWatch(int rate, IThreadTimeSink sink, int maxThreads)
    {
        _sink = sink;
        _maxThreads = maxThreads;
        _period = TimeSpan.FromSeconds(1.0 / rate);
        _period = _period < s_shortestPause ? s_shortestPause : _period;
        _rest = new RestingStacks(_unwinder);
    }

    /// <summary>Begins to look, <paramref name="rate"/> times a second.</summary>
    /// <exception cref="OutOfMemoryException">The process can have no thread for it.</exception>
    /// <exception cref="ThreadStartException">The same.</exception>
    /// <exception cref="IOException">The threads cannot be listed.</exception>
    public static LinuxThreadWatch Start(int rate, IThreadTimeSink sink) =>
        Start(rate, sink, (int)Math.Min(MaxThreads, OpenFileLimit.Current / FileShare));

    /// <summary>The same of no more than <paramref name="maxThreads"/> threads at a time.</summary>
    internal static LinuxThreadWatch Start(int rate, IThreadTimeSink sink, int maxThreads)
    {
        var watch = new LinuxThreadWatch(rate, sink, maxThreads);
        try
        {
            watch.List();
            OwnThreads.Start("pprof wall", watch.Run, StackSize);
            return watch;
        }
        catch
        {
            watch.Close();
            throw;
        }
    }

    public override Task<WatchCoverage> StopAsync()
    {
        Volatile.Write(ref _end, Stopwatch.GetTimestamp());
        _stop.Set();
        return _done.Task;
    }

    private void Run()
    {
        try
        {
            Watch();
            double looks = _watchedTicks == 0 ? 0 : _looks * (double)Stopwatch.Frequency / _watchedTicks;
            _done.SetResult(new WatchCoverage(Stopwatch.GetElapsedTime(_start, _end), looks, _leftOut));
        }
        catch (Exception e)
        {
            _done.SetException(e);
        }
        finally
        {
            Close();
        }
    }

    private void Close()
    {
        foreach (WatchedThread thread in _threads.Values)
        {
            thread.Dispose();
        }

        _stop.Dispose();
    }

    private void Watch()
    {
        var random = new Random();
        long listed = Stopwatch.GetTimestamp();
        TimeSpan listing = s_listing;

        // The pauses differ, and end with nobody's timers: a thread that does the same every 10 ms would else be seen at the
        // same point each time, and one that sleeps for 10 ms when it wakes.
        ExactSleep.MakeExact();
        while (Pause(_period * (0.5 + random.NextDouble())))
        {
            if (Stopwatch.GetElapsedTime(listed) >= listing)
            {
                listed = Stopwatch.GetTimestamp();
                long used = LinuxThreadCpuClock.OfCurrentThread();
                Update();
                used = LinuxThreadCpuClock.OfCurrentThread() - used;
                listing = TimeSpan.FromMicroseconds(used / 1000.0 / (Effort / 2 * Environment.ProcessorCount));
                listing = listing < s_listing ? s_listing : listing;
            }

            Look(_period * Effort * Environment.ProcessorCount);
        }

        Look(Timeout.InfiniteTimeSpan);
        foreach (WatchedThread thread in _turn)
        {
            Divide(thread);
        }
    }

    /// <summary>False when it is to end.</summary>
    private bool Pause(TimeSpan duration)
    {
        var whole = TimeSpan.FromMilliseconds(Math.Floor(duration.TotalMilliseconds) - 1);
        if (_stop.Wait(whole > TimeSpan.Zero ? whole : TimeSpan.Zero))
        {
            return false;
        }

        ExactSleep.For(duration - whole);
        return true;
    }

    private void Update()
    {
        try
        {
            List();
        }
        catch (IOException)
        {
            // The process is out of file descriptors, say. Those threads that are watched go on.
        }
    }

    private void List()
    {
        long now = Stopwatch.GetTimestamp();
        int leftOut = 0;
        foreach (int systemId in OwnThreads.Others(ThreadList.Read))
        {
            if (_threads.ContainsKey(systemId))
            {
                continue;
            }

            if (_threads.Count >= _maxThreads)
            {
                leftOut++;
                continue;
            }

            var thread = new WatchedThread(systemId, now);
            if (!thread.TryReadRuns(out ThreadRuns runs))
            {
                leftOut += thread.IsRefused ? 1 : 0;
                thread.Dispose();
                continue;
            }

            thread.Runs = runs;
            _threads.Add(systemId, thread);
            _turn.Enqueue(thread);
        }

        _leftOut = Math.Max(_leftOut, leftOut);
    }

    /// <summary>Looks at each thread, or at as many as there is time for; the next call goes on with the others.</summary>
    private void Look(TimeSpan effort)
    {
        // By this thread's own clock: the less of a processor it gets, the longer it takes for the same.
        long end = effort == Timeout.InfiniteTimeSpan ? long.MaxValue : LinuxThreadCpuClock.OfCurrentThread() + (long)effort.TotalNanoseconds;
        for (int left = _turn.Count; left > 0; left--)
        {
            WatchedThread thread = _turn.Dequeue();
            long used = LinuxThreadCpuClock.OfCurrentThread();
            // The last look at all may take long where others want the processors.
            if (TryLook(thread, Math.Min(Stopwatch.GetTimestamp(), Volatile.Read(ref _end))))
            {
                _turn.Enqueue(thread);
            }
            else
            {
                _threads.Remove(thread.SystemId);
                Divide(thread);
                thread.Dispose();
            }

            if (used >= end)
            {
                return;
            }
        }
    }

    /// <summary>False where the thread has ended.</summary>
    private bool TryLook(WatchedThread thread, long now)
    {
        if (!thread.TryReadRuns(out ThreadRuns runs))
        {
            return false;
        }

        now = Math.Max(now, thread.SeenAt);
        long elapsed = (long)Stopwatch.GetElapsedTime(thread.SeenAt, now).TotalNanoseconds;
        long delay = Math.Min(elapsed, runs.DelayNanoseconds - thread.Runs.DelayNanoseconds);
        _looks++;
        _watchedTicks += now - thread.SeenAt;
        thread.SeenAt = now;
        long waited = elapsed - delay - (runs.RunNanoseconds - thread.Runs.RunNanoseconds);
        if (delay > 0)
        {
            AddFrame(thread, ThreadActivity.Runnable, PseudoFrame.Runnable, delay);
        }

        if (thread.IsAtRest && runs == thread.Runs)
        {
            _sink.AddTo(thread.Sample, waited);
            return true;
        }

        thread.Runs = runs;
        thread.Waited += waited;
        AddPlace(thread, elapsed);
        ThreadRestState state = Find(thread, out int sample);
        thread.IsAtRest = sample >= 0;
        thread.Sample = sample;
        AddPlace(thread, elapsed);
        return state != ThreadRestState.Ended;
    }

    /// <summary>Of the time between two looks half is nearer to the one, half to the other.</summary>
    private static void AddPlace(WatchedThread thread, long elapsed)
    {
        if (thread.IsAtRest)
        {
            thread.Places[thread.Sample] = thread.Places.GetValueOrDefault(thread.Sample) + (elapsed / 2.0);
        }
    }

    /// <summary>Tells what a thread has waited between looks between which it ran.</summary>
    private void Divide(WatchedThread thread)
    {
        double all = thread.Places.Values.Sum();
        foreach ((int sample, double share) in thread.Places)
        {
            if (thread.Waited > 0 && all > 0)
            {
                _sink.AddTo(sample, (long)(thread.Waited * (share / all)));
            }
        }
    }

    /// <summary>Finds where the thread stands, and the sink's number for it; a negative one where it does not.</summary>
    private ThreadRestState Find(WatchedThread thread, out int sample)
    {
        int count = 0;
        ThreadRestState state = _sink.IsFull ? ThreadRestState.Unknown : _rest.Read(thread.SystemId, _frames, out count);
        sample = state switch
        {
            ThreadRestState.AtRest => Add(thread, count),
            ThreadRestState.Unknown => AddFrame(thread, ThreadActivity.Unknown, PseudoFrame.UnknownStack, 0),
            _ => -1,
        };
        return state;
    }

    private int Add(WatchedThread thread, int count)
    {
        Span<nuint> frames = _frames.AsSpan(0, count);
        bool isManaged = _unwinder.FirstManaged < count;
        string state = isManaged ? _activity.Of(frames) : ThreadActivity.Idle;
        return _sink.Add(new SeenThread(thread.SystemId, null, state, null, isManaged, WaitingFrames: 0, LabelsOf(thread.SystemId)), frames, 0);
    }

    private int AddFrame(WatchedThread thread, string state, PseudoFrame frame, long nanoseconds) => _sink.Add(
        new SeenThread(thread.SystemId, null, state, null, IsManaged: true, WaitingFrames: 0, LabelsOf(thread.SystemId)), [(nuint)frame], nanoseconds);

    private static LabelSet LabelsOf(int systemId) => ThreadLabels.Of(systemId)?.Labels ?? LabelSet.Empty;
}

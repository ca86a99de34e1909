using System.Diagnostics;
using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Waits;

/// <summary>
/// Waits are watched for a second, and then not for many: where there are so many of them that the application would feel
/// it to have all watched. Runs on a thread of its own until it is ended or there are fewer.
/// </summary>
/// <param name="watch">What is paused. Its gate guards the state of the cycle.</param>
/// <param name="pairing">What is told which waits are sampled.</param>
internal sealed class DutyCycle(EventWatch watch, WaitPairing pairing)
{
    // How long watching goes on for the waits that began in a window and have not ended.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // How many times less a program may get done while it is watched.
    private const double MaxSlowdown = 2;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private volatile Run? _run;

    /// <summary>Whether not all is watched.</summary>
    public bool IsRunning => _run is not null;

    /// <summary>Whether nothing is watched now.</summary>
    public bool IsPaused => _run is { IsPaused: true };

    /// <summary>Begins one, in the background, unless it runs already.</summary>
    /// <param name="eventsPerSecond">What was seen while all was watched.</param>
    /// <param name="mayRun">Asked again before it begins.</param>
    public void Begin(double eventsPerSecond, Func<bool> mayRun)
    {
        if (IsRunning)
        {
            return;
        }

        try
        {
            OwnThreads.Start("pprof waits", () =>
            {
                var run = new Run();
                lock (watch.Gate)
                {
                    if (IsRunning || !watch.IsOpen || !mayRun())
                    {
                        return;
                    }

                    _run = run;
                }

                Repeat(run, eventsPerSecond);
            });
        }
        catch (Exception)
        {
            // The process cannot have more threads: the next second asks again.
        }
    }

    /// <summary>Ends the one that runs. Called with the gate held.</summary>
    public void End()
    {
        if (_run is not { } run)
        {
            return;
        }

        _run = null;
        run.End();
        if (!run.IsPaused)
        {
            // What has been of them belongs to the time until now.
            pairing.EndSampledWaits();
        }

        pairing.SampleAll();
    }

    private void Repeat(Run run, double eventsPerSecond)
    {
        try
        {
            // A window stands for the time since the one before: a pause that is cut short leaves no more than a gap.
            long watchedUntil = Stopwatch.GetTimestamp();
            long contentionsBefore = Monitor.LockContentionCount;
            long contentionsInWindow = 0;
            int length;
            do
            {
                long start = Stopwatch.GetTimestamp();
                long contentions = Monitor.LockContentionCount;
                int weight = WatchBudget.WeightAfter(Stopwatch.GetElapsedTime(watchedUntil, start));

                // In a second that is watched the threads get less done: the runtime's own count tells how much less, as long
                // as there is as much to do in one second as in another. How much of the time they wait does not change.
                double contentionWeight = contentionsInWindow > 0 ? 1 + ((contentions - contentionsBefore) / (double)contentionsInWindow) : weight;
                contentionWeight = Math.Clamp(contentionWeight, weight / MaxSlowdown, weight * MaxSlowdown);
                watchedUntil = start + WatchBudget.WindowTicks;
                if (!WhileCurrent(run, () => pairing.SampleFrom(start, weight, contentionWeight)) || !run.Sleep(WatchBudget.Window))
                {
                    return;
                }

                contentionsBefore = Monitor.LockContentionCount;
                contentionsInWindow = contentionsBefore - contentions;
                double inWindow = EndWindow(run, start, out bool complete);
                eventsPerSecond = complete ? inWindow : Math.Max(inWindow, eventsPerSecond);
                length = WatchBudget.LengthFor(eventsPerSecond, Stopwatch.GetElapsedTime(start));
                if (length > 1
                    && (!Pause(run)
                        || !run.Sleep((WatchBudget.Window * length) - Stopwatch.GetElapsedTime(start))
                        || !Resume(run)))
                {
                    return;
                }
            }
            while (length > 1);
        }
        finally
        {
            bool isLast = false;
            WhileCurrent(run, () =>
            {
                End();
                isLast = true;
            });
            if (isLast)
            {
                Update();
            }
        }
    }

    /// <summary>Waits for the waits of a window to end. Returns its events by second.</summary>
    private double EndWindow(Run run, long start, out bool complete)
    {
        do
        {
            complete = watch.FlushAsync().Result;
        }
        while (pairing.SampledWaitsGoOn && Stopwatch.GetElapsedTime(start) < WatchBudget.Window + s_patience && run.Sleep(s_look));

        if (!complete)
        {
            // How many of the window are missing nobody knows.
            watch.ReportLoss(1);
        }

        return pairing.Events / WatchBudget.Window.TotalSeconds;
    }

    private bool WhileCurrent(Run run, Action action)
    {
        lock (watch.Gate)
        {
            if (_run == run)
            {
                action();
            }

            return _run == run;
        }
    }

    private bool Pause(Run run)
    {
        bool isCurrent = WhileCurrent(run, () =>
        {
            pairing.EndSampledWaits();
            run.IsPaused = true;
        });
        Update();
        return isCurrent;
    }

    private bool Resume(Run run)
    {
        WhileCurrent(run, () => run.IsPaused = false);
        Update();
        return WhileCurrent(run, () =>
        {
            if (watch.Failure is not null)
            {
                // Who takes the next snapshot tries again.
                End();
            }
        });
    }

    // Never with the gate held, which the watch takes to ask what is wanted.
    private void Update() => watch.UpdateAsync().Wait();

    private sealed class Run
    {
        private readonly ManualResetEventSlim _ended = new();
        private volatile bool _isPaused;

        public bool IsPaused
        {
            get => _isPaused;
            set => _isPaused = value;
        }

        /// <summary>Who sleeps wakes up.</summary>
        public void End() => _ended.Set();

        /// <summary>Sleeps for a while; false if it has ended meanwhile.</summary>
        public bool Sleep(TimeSpan time) => !_ended.Wait(time < TimeSpan.Zero ? TimeSpan.Zero : time);
    }
}

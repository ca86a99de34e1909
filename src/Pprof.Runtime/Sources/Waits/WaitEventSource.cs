using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Waits;

/// <summary>CoreCLR: the runtime's events of waits, all the time or, of too many, in a <see cref="DutyCycle"/>.</summary>
internal sealed class WaitEventSource : WaitSource
{
    private static readonly EventRequest s_contentions = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword, EventLevel.Informational, RuntimeProvider.ContentionStart, RuntimeProvider.ContentionStop);

    private static readonly EventRequest s_waits = EventRequest.Runtime(
        RuntimeProvider.ContentionKeyword | RuntimeProvider.WaitHandleKeyword,
        EventLevel.Verbose,
        RuntimeProvider.ContentionStart,
        RuntimeProvider.ContentionStop,
        RuntimeProvider.WaitHandleWaitStart,
        RuntimeProvider.WaitHandleWaitStop);

    // How long watching goes on for the waits that began in a window and have not ended.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    // How many times less a program may get done while it is watched.
    private const double MaxSlowdown = 2;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(50);

    private readonly WaitEventConsumer _consumer;
    private EventSubscription? _subscription;
    private bool _seesWaits;
    private DutyCycle? _cycle;

    public WaitEventSource()
    {
        _consumer = new WaitEventConsumer(Mutex, Block, OnOverload);
    }

    public override string? UnsupportedReason => EventPipeSource.UnsupportedReason;

    public override int MaxWeight => _consumer.MaxWeight;

    public override string? Failure => base.Failure ?? _subscription?.Failure;

    private bool HasWindow => Mutex.HasWindow || Block.HasWindow;

    public override bool Flush()
    {
        if (_subscription == null)
        {
            return true;
        }

        long now = Stopwatch.GetTimestamp();
        bool complete = EventPipeSource.Flush();
        if (complete)
        {
            _consumer.EndTimedOut(now);
        }

        return complete;
    }

    protected override void Watch(bool mutex, bool block)
    {
        EventRequest[] requests = block ? [s_waits] : mutex ? [s_contentions] : [];

        if (_cycle is { } cycle)
        {
            if (requests.Length == 0 || block != _seesWaits || HasWindow)
            {
                EndDutyCycle(cycle);
            }
            else if (cycle.IsPaused)
            {
                requests = [];
            }
        }

        // One that has failed gets no events any more: begin anew.
        if (_subscription is { } subscription && (requests.Length == 0 || subscription.Failure is not null))
        {
            _subscription = null;
            subscription.Dispose();
        }

        if (requests.Length == 0)
        {
            return;
        }

        // Asked only now: the answer loads the decoder.
        if (UnsupportedReason is { } reason)
        {
            throw new IOException(reason);
        }

        if (block != _seesWaits)
        {
            // The end of a wait whose start is known may never be seen, and that of another be taken for it.
            _seesWaits = block;
            _consumer.ForgetWaits();
        }

        if (_subscription == null)
        {
            _consumer.Forget();
            _subscription = EventPipeSource.Join(_consumer, requests);
        }
        else
        {
            _subscription.Change(requests);
        }
    }

    private void OnOverload(double eventsPerSecond)
    {
        if (_cycle == null && !HasWindow)
        {
            try
            {
                OwnThreads.Start("pprof waits", () => RunDutyCycle(eventsPerSecond));
            }
            catch (Exception)
            {
                // The process cannot have more threads: the next second asks again.
            }
        }
    }

    private void RunDutyCycle(double eventsPerSecond)
    {
        var cycle = new DutyCycle();
        lock (Gate)
        {
            if (_cycle != null || _subscription == null || HasWindow)
            {
                return;
            }

            _cycle = cycle;
        }

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
                int weight = DutyCycle.WeightAfter(Stopwatch.GetElapsedTime(watchedUntil, start));

                // In a second that is watched the threads get less done: the runtime's own count tells how much less, as long
                // as there is as much to do in one second as in another. How much of the time they wait does not change.
                double lockWeight = contentionsInWindow > 0 ? 1 + ((contentions - contentionsBefore) / (double)contentionsInWindow) : weight;
                lockWeight = Math.Clamp(lockWeight, weight / MaxSlowdown, weight * MaxSlowdown);
                watchedUntil = start + DutyCycle.WindowTicks;
                if (!While(cycle, () => _consumer.SampleFrom(start, weight, lockWeight)) || !cycle.Sleep(DutyCycle.Window))
                {
                    return;
                }

                contentionsBefore = Monitor.LockContentionCount;
                contentionsInWindow = contentionsBefore - contentions;
                bool complete;
                do
                {
                    complete = EventPipeSource.Flush();
                }
                while (_consumer.SampledWaitsGoOn && Stopwatch.GetElapsedTime(start) < DutyCycle.Window + s_patience && cycle.Sleep(s_look));

                double inWindow = _consumer.Events / DutyCycle.Window.TotalSeconds;
                if (!complete)
                {
                    // How many of the window are missing nobody knows.
                    _consumer.OnLost(1);
                    inWindow = Math.Max(inWindow, eventsPerSecond);
                }

                eventsPerSecond = inWindow;
                length = DutyCycle.LengthFor(eventsPerSecond, Stopwatch.GetElapsedTime(start));
                if (length > 1
                    && (!While(cycle, () => Pause(cycle))
                        || !cycle.Sleep((DutyCycle.Window * length) - Stopwatch.GetElapsedTime(start))
                        || !While(cycle, () => Resume(cycle))))
                {
                    return;
                }
            }
            while (length > 1);
        }
        finally
        {
            While(cycle, () =>
            {
                EndDutyCycle(cycle);
                Update();
            });
        }
    }

    private bool While(DutyCycle cycle, Action action)
    {
        lock (Gate)
        {
            if (_cycle == cycle)
            {
                action();
            }

            return _cycle == cycle;
        }
    }

    private void Pause(DutyCycle cycle)
    {
        _consumer.EndSampledWaits();
        cycle.IsPaused = true;
        Update();
    }

    private void Resume(DutyCycle cycle)
    {
        cycle.IsPaused = false;
        Update();
        if (Failure is not null)
        {
            // Who takes the next snapshot tries again.
            EndDutyCycle(cycle);
        }
    }

    private void EndDutyCycle(DutyCycle cycle)
    {
        _cycle = null;
        cycle.End();
        if (!cycle.IsPaused)
        {
            // What has been of them belongs to the time until now.
            _consumer.EndSampledWaits();
        }

        _consumer.SampleAll();
    }
}

using System.Diagnostics;

namespace Pprof.Process;

/// <summary>
/// Delays that need no thread of the application's thread pool, as the runtime's timers do. The thread of the clock is there
/// while somebody waits.
/// </summary>
internal static class OwnClock
{
    private static readonly object s_gate = new();
    private static readonly List<Waiter> s_waiters = [];
    private static bool s_runs;

    /// <summary>Completes after no less than <paramref name="duration"/>.</summary>
    /// <exception cref="OperationCanceledException">It is cancelled before.</exception>
    /// <exception cref="IOException">The process can have no thread that tells the time.</exception>
    public static async Task DelayAsync(TimeSpan duration, CancellationToken cancellation)
    {
        if (!await TryDelayAsync(duration, cancellation))
        {
            throw new OperationCanceledException(cancellation);
        }
    }

    /// <summary>The same, false where it is cancelled before: for limits that are hardly ever reached, whose end is no exception.</summary>
    public static async Task<bool> TryDelayAsync(TimeSpan duration, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return false;
        }

        var waiter = new Waiter(Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency));
        if (!TryAdd(waiter))
        {
            await RuntimeDelay(duration, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return !cancellation.IsCancellationRequested;
        }

        using (cancellation.UnsafeRegister(static state => Cancel((Waiter)state!), waiter))
        {
            return await waiter.Task;
        }
    }

    /// <summary>By the runtime's timers, whose thread is there where anybody has needed it before.</summary>
    private static Task RuntimeDelay(TimeSpan duration, CancellationToken cancellation)
    {
        try
        {
            return Task.Delay(duration, cancellation);
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            throw new IOException(OwnThreads.WhyNone("tells the time"), e);
        }
    }

    /// <summary>False where the process can have no more threads.</summary>
    private static bool TryAdd(Waiter waiter)
    {
        lock (s_gate)
        {
            s_waiters.Add(waiter);
            if (s_runs)
            {
                Monitor.Pulse(s_gate);
                return true;
            }

            s_runs = true;
        }

        try
        {
            OwnThreads.Start("pprof clock", Run);
            return true;
        }
        catch (Exception)
        {
            Waiter[] others;
            lock (s_gate)
            {
                s_runs = false;
                s_waiters.Remove(waiter);
                others = [.. s_waiters];
                s_waiters.Clear();
            }

            foreach (Waiter other in others)
            {
                other.SetException(new IOException(OwnThreads.WhyNone("tells the time")));
            }

            return false;
        }
    }

    private static void Cancel(Waiter waiter)
    {
        lock (s_gate)
        {
            s_waiters.Remove(waiter);
            Monitor.Pulse(s_gate);
        }

        waiter.TrySetResult(false);
    }

    private static void Run()
    {
        while (TakeDue() is { } due)
        {
            try
            {
                // Without the gate: who waited may have a context that does something at once.
                due.TrySetResult(true);
            }
            catch (OutOfMemoryException)
            {
                // There was no memory for what waits for this one. Others wait for the clock.
            }
        }
    }

    /// <summary>Waits until somebody's time has come; null, and the end of the thread, where nobody waits any more.</summary>
    private static Waiter? TakeDue()
    {
        lock (s_gate)
        {
            while (First() is { } first)
            {
                long left = first.Due - Stopwatch.GetTimestamp();
                if (left <= 0)
                {
                    s_waiters.Remove(first);
                    return first;
                }

                double milliseconds = Math.Ceiling(left * 1000.0 / Stopwatch.Frequency);
                Monitor.Wait(s_gate, (int)Math.Min(milliseconds, int.MaxValue));
            }

            s_runs = false;
            return null;
        }
    }

    // Allocates nothing: where there is no memory, all who wait would do so for ever.
    private static Waiter? First()
    {
        Waiter? first = null;
        foreach (Waiter waiter in s_waiters)
        {
            if (first is null || waiter.Due < first.Due)
            {
                first = waiter;
            }
        }

        return first;
    }

    // Who waited must not go on in the thread of the clock.
    private sealed class Waiter(long due) : TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Due => due;
    }
}

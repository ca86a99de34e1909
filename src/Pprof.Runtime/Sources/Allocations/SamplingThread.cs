using System.Diagnostics;
using Pprof.Process;

namespace Pprof.Sources.Allocations;

/// <summary>
/// The thread of this package that begins and ends a sampling and reads what was sampled, in passes. It is there while there is
/// something to do. Safe for concurrent use.
/// </summary>
/// <param name="name">Its name.</param>
/// <param name="work">What it does.</param>
internal sealed class SamplingThread(string name, ISamplingWork work)
{
    private readonly Lock _gate = new();
    private readonly List<Pass> _waiting = [];
    private bool _isRunning;

    /// <summary>Completes when the thread has done, from the beginning, everything that there is to do now.</summary>
    public Task PassAsync()
    {
        var pass = new Pass();
        lock (_gate)
        {
            if (!_isRunning && !work.NeedsThread)
            {
                return Task.CompletedTask;
            }

            _waiting.Add(pass);
            if (!_isRunning)
            {
                try
                {
                    OwnThreads.Start(name, Run);
                    _isRunning = true;
                }
                catch (Exception e) when (OwnThreads.IsLack(e))
                {
                    work.Refuse();
                    _waiting.Remove(pass);
                    return Task.CompletedTask;
                }
            }
        }

        work.Wake();
        return pass.Task;
    }

    private void Run()
    {
        List<Pass> passes = [];
        bool hasEnded = false;
        try
        {
            while (TryTakePasses(passes))
            {
                try
                {
                    DoOnce(passes);
                }
                catch (Exception e)
                {
                    // The application goes on without these profiles.
                    if (!work.GoesOnAfter(e))
                    {
                        return;
                    }

                    Complete(passes);
                }
            }

            hasEnded = true;
        }
        finally
        {
            // Where it ended by itself another may be running by now, for passes that are asked of it.
            if (!hasEnded)
            {
                lock (_gate)
                {
                    _isRunning = false;
                    Complete(_waiting);
                }

                Complete(passes);
            }
        }
    }

    private void DoOnce(List<Pass> passes)
    {
        work.Do(isAsked: passes.Count > 0);

        // Who asks waits for the end of a slice of the time, which begins now, where allocations are sampled in slices.
        if (passes.Count > 0)
        {
            passes.RemoveAll(pass => work.HasAllUntil(pass.Asked) && pass.TrySetResult());
        }

        work.Wait(IsAsked);
    }

    private static void Complete(List<Pass> passes)
    {
        passes.ForEach(static pass => pass.TrySetResult());
        passes.Clear();
    }

    /// <summary>Adds what waits for a pass; false, and nobody can ask for one any more, where there is nothing to do.</summary>
    private bool TryTakePasses(List<Pass> passes)
    {
        lock (_gate)
        {
            if (passes.Count == 0 && _waiting.Count == 0 && !work.HasMore)
            {
                _isRunning = false;
                return false;
            }

            passes.AddRange(_waiting);
            _waiting.Clear();
            return true;
        }
    }

    private bool IsAsked()
    {
        lock (_gate)
        {
            return _waiting.Count > 0;
        }
    }

    /// <summary>Completes when the thread has done what there was to do when it was asked for.</summary>
    private sealed class Pass() : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        /// <summary>When it was asked for: a timestamp of <see cref="Stopwatch"/>.</summary>
        public long Asked { get; } = Stopwatch.GetTimestamp();
    }
}

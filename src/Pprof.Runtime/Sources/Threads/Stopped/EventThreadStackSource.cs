using Pprof.Labels;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Symbols.Managed;

namespace Pprof.Sources.Threads.Stopped;

/// <summary>
/// CoreCLR wherever its events can be had: the runtime's own sampling of all threads, for as long as it takes until one of its
/// rounds has come. It stops all threads for each round, and tells their managed frames.
/// </summary>
internal sealed class EventThreadStackSource : ThreadStackSource
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);

    /// <inheritdoc/>
    public override string? UnsupportedReason => SystemThreads.UnsupportedReason ?? ProcessEvents.Instance.UnsupportedReason;

    /// <inheritdoc/>
    public override int Count => OwnThreads.Others(SystemThreads.Read).Count;

    /// <inheritdoc/>
    public override Task<ThreadCoverage> ReadAsync(IThreadStackSink sink)
    {
        var done = new TaskCompletionSource<ThreadCoverage>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            OwnThreads.Start("pprof threads", () => Read(sink, done));
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            done.SetResult(new ThreadCoverage { Refusal = NoThreadToRead });
        }

        return done.Task;
    }

    /// <inheritdoc/>
    public override ThreadWatch? TryWatch(int rate, IThreadTimeSink sink, out string? refusal)
    {
        refusal = "threads that wait are looked at again and again by means that only Linux has; run the service on Linux";
        return null;
    }

    private static void Read(IThreadStackSink sink, TaskCompletionSource<ThreadCoverage> done)
    {
        try
        {
            // The labels are looked up for a moment that is over by then.
            LabelHistory.Open();
            try
            {
                done.SetResult(new ThreadCoverage { Refusal = Read(sink) });
            }
            finally
            {
                LabelHistory.Close();
            }
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }

    /// <summary>Hands over a round, and the threads that are not in it. Returns why there is none; null where there is one.</summary>
    private static string? Read(IThreadStackSink sink)
    {
        HashSet<int> before = SystemThreads.Read();
        var rounds = new SampledRounds();
        string? failure = null;

        // Those of this package are told from the others by when the look began.
        List<int> others = OwnThreads.Others(() =>
        {
            failure = WaitForRound(rounds);
            return SystemThreads.Read().Union(rounds.Whole?.Keys ?? []);
        });
        if (rounds.Whole is not { } round)
        {
            return failure ?? "the runtime's sample profiler delivers no samples; try again when the machine is less busy";
        }

        var activity = new ThreadActivity(ManagedSymbols.Create());
        foreach (int systemId in others)
        {
            if (round.TryGetValue(systemId, out SampledThread? thread))
            {
                Add(sink, activity, systemId, thread);
            }
            else if (before.Contains(systemId))
            {
                // It was there all the time, and has no managed frames.
                var native = new SeenThread(systemId, SystemThreads.NameOf(systemId), ThreadActivity.Unknown, null, IsManaged: false, WaitingFrames: 0, LabelSet.Empty);
                sink.Add(native, [(nuint)PseudoFrame.UnknownStack]);
            }
        }

        return null;
    }

    private static void Add(IThreadStackSink sink, ThreadActivity activity, int systemId, SampledThread thread)
    {
        // In managed code it ran, or was ready to.
        string state = sink.IsFull ? ThreadActivity.Unknown : thread.IsManaged ? ThreadActivity.Running : activity.Of(thread.Frames);
        LabelSet labels = ThreadLabels.TryFind(systemId, thread.Timestamp, out PushedLabels? pushed) ? pushed?.Labels ?? LabelSet.Empty : LabelSet.Empty;
        sink.Add(
            new SeenThread(systemId, SystemThreads.NameOf(systemId), state, null, IsManaged: true, WaitingFrames: 0, labels),
            sink.IsFull ? [(nuint)PseudoFrame.UnknownStack] : thread.Frames);
    }

    /// <summary>Has the runtime sample threads until a round is there. Returns why there is none; null where nothing failed.</summary>
    private static string? WaitForRound(SampledRounds rounds)
    {
        // No thread of the pool is needed: each task that is waited for completes on a thread of this package.
        bool isWanted = true;
        var watch = new EventWatch(ProcessEvents.Instance, rounds, () => isWanted ? [SampleProfiler.Request] : []);
        try
        {
            watch.UpdateAsync().Wait();
            long start = TimeProvider.System.GetTimestamp();
            while (watch.Failure is null && rounds.Whole is null && TimeProvider.System.GetElapsedTime(start) < s_patience)
            {
                Thread.Sleep(s_pause);
                watch.FlushAsync().Wait();
            }

            return watch.Failure;
        }
        finally
        {
            isWanted = false;
            watch.UpdateAsync().Wait();
        }
    }
}

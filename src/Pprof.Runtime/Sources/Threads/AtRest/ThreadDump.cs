using Pprof.Labels;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Symbols.Managed;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>
/// Looks at each thread of the process once. One that waits in the kernel is read where it stands. One that runs, or waits
/// for a processor, cannot be: a signal makes it write down where it is, unless it comes to rest before. Used once.
/// </summary>
internal sealed class ThreadDump(IThreadStackSink sink)
{
    // Frames of one stack: a recursion goes deeper than a sample of CPU time keeps.
    private const int MaxFrames = 4096;

    // On a machine with more busy threads than cores each has to wait for its turn to take the signal.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(1);

    private readonly StackUnwinder _unwinder = new();
    private readonly ThreadActivity _activity = new(ManagedSymbols.Create());
    private readonly nuint[] _frames = new nuint[MaxFrames + 1];
    private readonly SchedulerClock _clock = SchedulerClock.Now();

    // Of those that are not at rest.
    private readonly HashSet<int> _runnable = [];

    /// <summary>Hands every thread but those of this package to the sink.</summary>
    public void Read()
    {
        var rest = new RestingStacks(_unwinder);
        var running = new HashSet<int>();
        foreach (int systemId in OwnThreads.Others(ThreadList.Read))
        {
            if (!TryAddAtRest(rest, systemId))
            {
                // Later all that write down where they are have a processor.
                running.Add(systemId);
                if (ProcessorUse.Waits(systemId))
                {
                    _runnable.Add(systemId);
                }
            }
        }

        if (running.Count > 0)
        {
            ReadRunning(rest, running);
        }
    }

    /// <summary>False where the thread is running.</summary>
    private bool TryAddAtRest(RestingStacks rest, int systemId)
    {
        if (sink.IsFull)
        {
            AddUnknown(systemId, ThreadActivity.Unknown);
            return true;
        }

        switch (rest.Read(systemId, _frames, out int count))
        {
            case ThreadRestState.Running:
                return false;
            case ThreadRestState.AtRest:
                Add(systemId, count, isRunning: false);
                return true;
            case ThreadRestState.Unknown:
                AddUnknown(systemId, ThreadActivity.Unknown);
                return true;
            default:
                // It has ended.
                return true;
        }
    }

    private void ReadRunning(RestingStacks rest, HashSet<int> running)
    {
        using RunningStacks? captures = RunningStacks.TryOpen(running);
        long start = TimeProvider.System.GetTimestamp();
        while (running.Count > 0)
        {
            captures?.Signal(running);
            Thread.Sleep(s_pause);
            captures?.Drain((int systemId, in RegisterState registers, nuint pc, in StackMemory memory) =>
            {
                if (running.Remove(systemId))
                {
                    Add(systemId, _unwinder.Unwind(in registers, pc, in memory, _frames), isRunning: true);
                }
            });
            running.RemoveWhere(systemId => TryAddAtRest(rest, systemId));

            // One that blocks the signal may do so for a moment only, as in a handler of the runtime's.
            if (TimeProvider.System.GetElapsedTime(start) > (captures?.Awaits(running) ?? false ? s_patience : s_patience / 10))
            {
                break;
            }
        }

        foreach (int systemId in running)
        {
            AddUnknown(systemId, ReadyState(systemId));
        }
    }

    private void Add(int systemId, int count, bool isRunning)
    {
        Span<nuint> frames = _frames.AsSpan(0, count);
        bool isManaged = _unwinder.FirstManaged < count;
        string state = isRunning ? ReadyState(systemId) : _activity.Of(frames);
        TimeSpan? waiting = isRunning ? null : _clock.SinceLastRun(systemId);

        // What native code of the application's or of a library does is of interest; how the runtime waits is not.
        int waitingFrames = isManaged && !isRunning && state != ThreadActivity.SystemCall ? _unwinder.FirstManaged : 0;
        sink.Add(
            new SeenThread(systemId, SystemThreads.NameOf(systemId), state, waiting, isManaged, waitingFrames, LabelsOf(systemId)),
            frames);
    }

    private string ReadyState(int systemId) => _runnable.Contains(systemId) ? ThreadActivity.Runnable : ThreadActivity.Running;

    private void AddUnknown(int systemId, string state) => sink.Add(
        new SeenThread(systemId, SystemThreads.NameOf(systemId), state, null, IsManaged: true, WaitingFrames: 0, LabelsOf(systemId)),
        [(nuint)PseudoFrame.UnknownStack]);

    private static LabelSet LabelsOf(int systemId) => ThreadLabels.Of(systemId)?.Labels ?? LabelSet.Empty;
}

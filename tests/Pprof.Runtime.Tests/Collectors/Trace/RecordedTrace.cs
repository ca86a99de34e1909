using System.Collections.Concurrent;
using System.Diagnostics;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>Remembers what it is told, a line for each.</summary>
internal sealed class RecordedTrace : TraceRecorder
{
    private readonly Dictionary<int, (long Time, TraceWait Reason, nuint[] Frames)> _waiting = [];
    private int _heapSizes;

    public List<string> Lines { get; } = [];

    /// <summary>Each message with its thread, and the number of lines before it.</summary>
    public List<(int Thread, string Message, int Line)> Logs { get; } = [];

    /// <summary>Each sample with its thread and stack, and the number of lines before it.</summary>
    public List<(int Thread, nuint[] Frames, int Line)> Samples { get; } = [];

    /// <summary>Each wait that has ended with its thread, its length and its stack.</summary>
    public List<(int Thread, TraceWait Reason, long Ticks, nuint[] Frames)> Waits { get; } = [];

    /// <summary>The bytes that had been allocated, as it was told one after the other.</summary>
    public List<long> Allocated { get; } = [];

    /// <summary>How many samples were within waits.</summary>
    public int SamplesOfWaits { get; private set; }

    /// <summary>The threads that have ended; can be read meanwhile.</summary>
    public ConcurrentBag<int> Gone { get; } = [];

    /// <summary>How often the size of the heap was told.</summary>
    public int HeapSizes => Volatile.Read(ref _heapSizes);

    /// <summary>How long each end of a stop takes to be written.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Whether a message cannot be written.</summary>
    public bool FailsAtLogs { get; init; }

    public override bool IsFull => false;

    public override void NameThread(int thread, string name)
    {
    }

    public override void EndThread(long time, int thread)
    {
        Lines.Add($"{thread} is gone");
        Gone.Add(thread);
    }

    public override void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames) => Lines.Add($"{thread} queues {work}");

    public override void Run(long time, int thread, long work, int kind) => Lines.Add($"{thread} runs {work}");

    public override void End(long time, int thread) => Lines.Add($"{thread} ends");

    public override void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames)
    {
        _waiting[thread] = (time, reason, frames.ToArray());
        Lines.Add($"{thread} waits: {reason}");
    }

    public override void Resume(long time, int thread, int waker)
    {
        if (_waiting.Remove(thread, out (long Time, TraceWait Reason, nuint[] Frames) wait))
        {
            Waits.Add((thread, wait.Reason, time - wait.Time, wait.Frames));
        }

        Lines.Add($"{thread} resumes by {waker}");
    }

    public override void BeginCollection(long time, int thread) => Lines.Add("collection");

    public override void EndCollection(long time, int thread) => Lines.Add("collection ends");

    public override void BeginStop(long time, int thread) => Lines.Add("stop");

    public override void HaveStopped(long time, int thread) => Lines.Add("stopped");

    public override void BeginRestart(long time, int thread) => Lines.Add("restart");

    public override void EndStop(long time, int thread)
    {
        Lines.Add("stop ends");
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < Delay)
        {
        }
    }

    public override void SetHeapSize(long time, long bytes)
    {
        Lines.Add($"heap {bytes}");
        Interlocked.Increment(ref _heapSizes);
    }

    public override void SetHeapGoal(long time, long bytes) => Lines.Add($"committed {bytes}");

    public override void BeginTask(long time, int thread, long task, long parent, string name) => Lines.Add($"{thread} begins {name} {task} of {parent}");

    public override void EndTask(long time, int thread, long task, string? name) => Lines.Add($"{thread} ends {task} {name}");

    public override void BeginRegion(long time, int thread, long task, string name) => Lines.Add($"{thread} enters {name} of {task}");

    public override void EndRegion(long time, int thread, long task, string name) => Lines.Add($"{thread} leaves {name}");

    public override void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames)
    {
        if (FailsAtLogs)
        {
            throw new InvalidDataException("no room");
        }

        Logs.Add((thread, message, Lines.Count));
        Lines.Add($"{category}: {message}");
    }

    public override void Sample(long time, int thread, ReadOnlySpan<nuint> frames, bool waits)
    {
        Samples.Add((thread, frames.ToArray(), Lines.Count));
        if (waits)
        {
            SamplesOfWaits++;
        }
    }

    public override void SetAllocated(long time, long bytes) => Allocated.Add(bytes);

    public override void Compile(long time, long methods, long nanoseconds) => Lines.Add($"compiled {methods}");

    public override void Flush()
    {
    }

    public override void Complete(long time) => Lines.Add("complete");
}

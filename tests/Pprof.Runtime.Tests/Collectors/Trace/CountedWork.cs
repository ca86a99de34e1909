using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>Counts the units of work that it hands on, and remembers what the trace says of itself.</summary>
internal sealed class CountedWork(TraceRecorder trace) : TraceRecorder
{
    /// <summary>The units of work, async methods among them.</summary>
    public long Drawn { get; private set; }

    /// <summary>Messages.</summary>
    public List<string> Said { get; } = [];

    public override bool IsFull => trace.IsFull;

    public override void NameThread(int thread, string name) => trace.NameThread(thread, name);

    public override void EndThread(long time, int thread) => trace.EndThread(time, thread);

    public override void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames)
    {
        Drawn++;
        trace.Queue(time, thread, work, kind, frames);
    }

    public override void Run(long time, int thread, long work, int kind) => trace.Run(time, thread, work, kind);

    public override void End(long time, int thread) => trace.End(time, thread);

    public override void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames) => trace.Wait(time, thread, reason, frames);

    public override void Resume(long time, int thread, int waker) => trace.Resume(time, thread, waker);

    public override void BeginCollection(long time, int thread) => trace.BeginCollection(time, thread);

    public override void EndCollection(long time, int thread) => trace.EndCollection(time, thread);

    public override void BeginStop(long time, int thread) => trace.BeginStop(time, thread);

    public override void HaveStopped(long time, int thread) => trace.HaveStopped(time, thread);

    public override void BeginRestart(long time, int thread) => trace.BeginRestart(time, thread);

    public override void EndStop(long time, int thread) => trace.EndStop(time, thread);

    public override void SetHeapSize(long time, long bytes) => trace.SetHeapSize(time, bytes);

    public override void SetHeapGoal(long time, long bytes) => trace.SetHeapGoal(time, bytes);

    public override void BeginTask(long time, int thread, long task, long parent, string name) => trace.BeginTask(time, thread, task, parent, name);

    public override void EndTask(long time, int thread, long task, string? name) => trace.EndTask(time, thread, task, name);

    public override void BeginRegion(long time, int thread, long task, string name) => trace.BeginRegion(time, thread, task, name);

    public override void EndRegion(long time, int thread, long task, string name) => trace.EndRegion(time, thread, task, name);

    public override void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames)
    {
        Said.Add(message);
        trace.Log(time, thread, task, category, message, frames);
    }

    public override void BeginOperation(long time, int thread, long work, int kind, string name, ReadOnlySpan<nuint> frames)
    {
        Drawn++;
        trace.BeginOperation(time, thread, work, kind, name, frames);
    }

    public override void EnterOperation(long time, int thread, long work) => trace.EnterOperation(time, thread, work);

    public override void LeaveOperation(long time, int thread) => trace.LeaveOperation(time, thread);

    public override void EndOperation(long time, int thread, long work) => trace.EndOperation(time, thread, work);

    public override void Flush() => trace.Flush();

    public override void Complete(long time) => trace.Complete(time);
}

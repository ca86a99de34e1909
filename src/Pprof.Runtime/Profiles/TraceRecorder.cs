namespace Pprof.Profiles;

/// <summary>
/// Writes down what a process does, moment by moment. Whatever it is told, in whatever order, what it writes is valid: of
/// what does not fit together it leaves out what came later. Times are those of
/// <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>; threads have the ids of the system. Not safe for concurrent use.
/// </summary>
internal abstract class TraceRecorder
{
    /// <summary>Whether it has as much work in mind as it can: more is not written down.</summary>
    public abstract bool IsFull { get; }

    /// <summary>A thread has a name of its own.</summary>
    public abstract void NameThread(int thread, string name);

    /// <summary>A thread ends. Another can have its id from then on.</summary>
    public abstract void EndThread(long time, int thread);

    /// <summary>A thread has queued work.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread that queued it.</param>
    /// <param name="work">Its number. No other work that has not ended has it; work that is in the queue already changes nothing.</param>
    /// <param name="kind">A number that work of the same name has in common; 0 where there is none.</param>
    /// <param name="frames">The stack that queued it, leaf first; empty where it was not looked at, which is most of the time.</param>
    public abstract void Queue(long time, int thread, long work, int kind, ReadOnlySpan<nuint> frames);

    /// <summary>A thread begins with the work. What it did before has ended.</summary>
    public abstract void Run(long time, int thread, long work, int kind);

    /// <summary>A thread has ended its work, if it had any.</summary>
    public abstract void End(long time, int thread);

    /// <summary>The work of a thread waits, in the thread.</summary>
    public abstract void Wait(long time, int thread, TraceWait reason, ReadOnlySpan<nuint> frames);

    /// <summary>The work of a thread goes on after it has waited.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="waker">The thread that ended the wait; 0 where it is not known.</param>
    public abstract void Resume(long time, int thread, int waker);

    /// <summary>A garbage collection begins.</summary>
    public abstract void BeginCollection(long time, int thread);

    /// <summary>The garbage collection has ended.</summary>
    public abstract void EndCollection(long time, int thread);

    /// <summary>All threads but one are to stop.</summary>
    public abstract void BeginStop(long time, int thread);

    /// <summary>They have stopped.</summary>
    public abstract void HaveStopped(long time, int thread);

    /// <summary>They are to go on.</summary>
    public abstract void BeginRestart(long time, int thread);

    /// <summary>All threads go on.</summary>
    public abstract void EndStop(long time, int thread);

    /// <summary>The bytes that the heap takes.</summary>
    public abstract void SetHeapSize(long time, long bytes);

    /// <summary>What is drawn above the size of the heap: the bytes that it has been given by the system.</summary>
    public abstract void SetHeapGoal(long time, long bytes);

    /// <summary>An operation begins, which may go on on other threads.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread on which it begins.</param>
    /// <param name="task">Its number; 0 is none.</param>
    /// <param name="parent">The number of the operation that it is part of; 0 where there is none.</param>
    /// <param name="name">Its name, as far as it is known.</param>
    public abstract void BeginTask(long time, int thread, long task, long parent, string name);

    /// <summary>An operation has ended.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread on which it ended.</param>
    /// <param name="task">Its number.</param>
    /// <param name="name">A better name than that of its beginning, or null.</param>
    public abstract void EndTask(long time, int thread, long task, string? name);

    /// <summary>The work of a thread enters a region, of an operation or, with 0, of none.</summary>
    public abstract void BeginRegion(long time, int thread, long task, string name);

    /// <summary>
    /// It leaves the innermost region of this name, and all inside: that of the operation, or, with 0, whichever.
    /// </summary>
    public abstract void EndRegion(long time, int thread, long task, string name);

    /// <summary>Something to read.</summary>
    public abstract void Log(long time, int thread, long task, string category, string message, ReadOnlySpan<nuint> frames);

    /// <summary>A method is suspended for the first time: from then on it is work of its own, which waits.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread that has run it so far.</param>
    /// <param name="work">Its number, as that of any work.</param>
    /// <param name="kind">A number that the same method has in common.</param>
    /// <param name="name">Its name, as far as it is known without a stack.</param>
    /// <param name="frames">The stack, leaf first; empty where it was not looked at.</param>
    public virtual void BeginOperation(long time, int thread, long work, int kind, string name, ReadOnlySpan<nuint> frames)
    {
    }

    /// <summary>A thread goes on with such work, within what it did until now; with 0 with something else.</summary>
    public virtual void EnterOperation(long time, int thread, long work)
    {
    }

    /// <summary>A thread has done with what it entered last, which waits again or has ended, and goes on with what it did before.</summary>
    public virtual void LeaveOperation(long time, int thread)
    {
    }

    /// <summary>Such work ends. What the thread does before it leaves it is part of what it did before.</summary>
    public virtual void EndOperation(long time, int thread, long work)
    {
    }

    /// <summary>A thread uses CPU time here.</summary>
    /// <param name="time">When.</param>
    /// <param name="thread">The thread.</param>
    /// <param name="frames">The stack, leaf first.</param>
    /// <param name="waits">Whether it does so within a wait, which goes on.</param>
    public virtual void Sample(long time, int thread, ReadOnlySpan<nuint> frames, bool waits)
    {
    }

    /// <summary>Methods have been compiled since the last time.</summary>
    /// <param name="time">When it is told.</param>
    /// <param name="methods">How many.</param>
    /// <param name="nanoseconds">How long that took, on all threads.</param>
    public virtual void Compile(long time, long methods, long nanoseconds)
    {
    }

    /// <summary>The bytes that have been allocated since the process began.</summary>
    public virtual void SetAllocated(long time, long bytes)
    {
    }

    /// <summary>Gives away what has been written so far, though it is little.</summary>
    public abstract void Flush();

    /// <summary>The trace ends: what is under way is closed, and everything is written.</summary>
    public abstract void Complete(long time);
}

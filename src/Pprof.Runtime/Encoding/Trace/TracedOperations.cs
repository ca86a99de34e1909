namespace Pprof.Encoding.Trace;

/// <summary>
/// The asynchronous methods of a trace. Each is work of its own, from when it is first suspended to its end. A thread enters it
/// within other work, which pauses meanwhile.
/// </summary>
internal sealed class TracedOperations(TracedThreads threads, TracedWorks works, TracedProcessors processors)
{
    // Continuations run within each other. Past this they are part of the one that runs.
    private const int MaxDepth = 256;

    private readonly OperationNames _names = new();

    /// <summary>The name of a method of a kind; null where none is known.</summary>
    public string? NameOf(int kind, string? name) => _names.Of(kind, name);

    /// <summary>
    /// A method is suspended, of which the thread ran the beginning within other work. It runs for a moment, so that it can be
    /// said to wait.
    /// </summary>
    public void Begin(TracedThread thread, long work, string name, uint stack, long time)
    {
        TracedWork? outer = thread.Work;
        TracedWork operation = works.AddOperation(work, name, stack, threads.Place(thread), time);
        threads.Pause(thread, time);
        threads.Start(thread, operation, time);
        threads.Pause(thread, time);
        GoOn(thread, outer, time);
    }

    /// <summary>The thread goes on with an operation, or with what is not drawn.</summary>
    public void Enter(TracedThread thread, TracedWork? operation, long time)
    {
        if (thread.Outer.Count == MaxDepth)
        {
            thread.UndrawnEntries++;
            return;
        }

        if (operation is not { IsOperation: true, State: TracedWorkState.Waiting, IsEntered: false, IsEnding: false } || thread.Work is null)
        {
            thread.Outer.Add(null);
            return;
        }

        TracedWork outer = thread.Work;
        threads.Pause(thread, time);
        thread.Outer.Add(outer);
        operation.IsEntered = true;
        threads.GoOn(thread, operation, processors.Outside, time);
    }

    /// <summary>The thread leaves what it entered last.</summary>
    public void Leave(TracedThread thread, long time)
    {
        if (thread.UndrawnEntries > 0)
        {
            thread.UndrawnEntries--;
            return;
        }

        if (thread.Outer is not [.., var outer])
        {
            return;
        }

        thread.Outer.RemoveAt(thread.Outer.Count - 1);
        if (outer is null)
        {
            return;
        }

        TracedWork operation = thread.Work!;
        operation.IsEntered = false;
        if (operation.IsEnding)
        {
            threads.End(thread, operation, time);
            works.Remove(operation);
        }
        else
        {
            threads.Pause(thread, time);
        }

        GoOn(thread, outer, time);
    }

    /// <summary>The thread leaves all that it has entered.</summary>
    public void LeaveAll(TracedThread thread, long time)
    {
        thread.UndrawnEntries = 0;
        while (thread.Outer.Count > 0)
        {
            Leave(thread, time);
        }
    }

    /// <summary>
    /// The method has ended. What its thread does before it leaves it, such as what goes on after it, is not part of it. What
    /// ended where no thread had entered it waits for ever.
    /// </summary>
    public void End(TracedThread? thread, TracedWork operation, long time)
    {
        if (thread is { UndrawnEntries: 0, Outer: [.., { } outer] } && thread.Work == operation)
        {
            thread.Outer[^1] = null;
            threads.End(thread, operation, time);
            works.Remove(operation);
            GoOn(thread, outer, time);
            return;
        }

        operation.IsEnding = true;
        if (!operation.IsEntered)
        {
            works.Remove(operation);
        }
    }

    private void GoOn(TracedThread thread, TracedWork? outer, long time)
    {
        thread.Work = outer;
        if (outer is { State: TracedWorkState.Waiting })
        {
            threads.GoOn(thread, outer, processors.Outside, time);
        }

        threads.Touch(thread, time);
    }
}

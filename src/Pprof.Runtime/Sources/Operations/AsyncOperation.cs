namespace Pprof.Sources.Operations;

/// <summary>An asynchronous method that has been suspended at least once: its state machine, in the heap.</summary>
internal sealed class AsyncOperation
{
    /// <summary>What is common to all operations of its method.</summary>
    public required StateMachineShape Shape { get; init; }

    /// <summary>Where it is.</summary>
    public required ulong Address { get; init; }

    /// <summary>The number of the await; negative where it runs.</summary>
    public int State { get; init; }

    /// <summary>The object that it awaits, or 0.</summary>
    public ulong Awaited { get; init; }

    /// <summary>The execution context with which it goes on, or 0.</summary>
    public ulong Context { get; init; }

    /// <summary>The only operation that awaits it, and nothing else.</summary>
    public AsyncOperation? Awaiter { get; set; }

    /// <summary>Whether an operation that it awaits stands for it.</summary>
    public bool HasInner { get; set; }

    /// <summary>Whether it is suspended.</summary>
    public bool IsSuspended => State >= 0 || State < StateMachineShape.Completed;
}

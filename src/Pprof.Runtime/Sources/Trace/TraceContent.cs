namespace Pprof.Sources.Trace;

/// <summary>
/// What a trace tells, as <c>content=</c> names it: the words of the trace's row, in the same order. What nobody asks for is
/// not watched. What the application says through <see cref="PprofTrace"/> is always there.
/// </summary>
[Flags]
internal enum TraceContent : long
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>gc</c>: collections, and the times in which all threads are stopped.</summary>
    Collections = 1 << 0,

    /// <summary><c>requests</c>: activities.</summary>
    Requests = 1 << 1,

    /// <summary><c>work</c>: what the thread pool does.</summary>
    Work = 1 << 2,

    /// <summary><c>waits</c>: what threads wait for.</summary>
    Waits = 1 << 3,

    /// <summary><c>exceptions</c>: those that are thrown.</summary>
    Exceptions = 1 << 4,

    /// <summary><c>cpu</c>: where threads are that use CPU time.</summary>
    Samples = 1 << 5,

    /// <summary><c>jit</c>: how much is compiled.</summary>
    Compilation = 1 << 6,

    /// <summary><c>async</c>: each asynchronous method is one unit of work, from when it is first suspended to its end.</summary>
    Async = 1 << 7,
}

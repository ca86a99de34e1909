using Pprof.Profiles;

namespace Pprof.Encoding.Trace;

/// <summary>
/// What a unit of work is called, by a stack that it had: the outermost method that is not how the class library runs work.
/// </summary>
/// <param name="isCut">Whether frames are missing at the root, so that the outermost that is there need not be the work's.</param>
internal struct WorkName(bool isCut)
{
    private const string Dispatch = "System.Threading.ThreadPoolWorkQueue.Dispatch";

    private const string Library = "System.";
    private const string Telling = "System.Diagnostics.Tracing.";
    private const string Network = "System.Net.";

    private static readonly string[] s_sleeping = ["System.Threading.Thread.Sleep", "System.Threading.TimerQueue."];

    private static readonly string[] s_infrastructure =
    [
        "System.Threading.",
        "System.Runtime.CompilerServices.",
    ];

    private bool _isCut = isCut;
    private bool _isTelling;

    /// <summary>The name; null where the stack has no method of which it is known.</summary>
    public string? Name { get; private set; }

    /// <summary>The innermost such method, which is who queues work that is queued with this stack.</summary>
    public string? Caller { get; private set; }

    /// <summary>
    /// What is waited for, where the stack is that of a wait and tells it; null where it does not: the class library's frames at
    /// the leaf are those of sockets or of timers.
    /// </summary>
    public TraceWait? Wait { get; private set; }

    /// <summary>Takes the next frame on the way from the root to the leaf.</summary>
    public void Add(string? method)
    {
        if (method is null || !IsManaged(method))
        {
            return;
        }

        Wait = method.StartsWith(Network, StringComparison.Ordinal) ? TraceWait.Network
            : s_sleeping.Any(prefix => method.StartsWith(prefix, StringComparison.Ordinal)) ? TraceWait.Sleep
            : method.StartsWith(Library, StringComparison.Ordinal) ? Wait
            : null;
        if (method.StartsWith(Dispatch, StringComparison.Ordinal))
        {
            // What is further out is the worker, not the work.
            (Name, Caller, _isCut, _isTelling) = (null, null, false, false);
        }
        else if (method.StartsWith(Telling, StringComparison.Ordinal))
        {
            // What is further in listens to what the thread does.
            _isTelling = true;
        }
        else if (!_isTelling && !s_infrastructure.Any(prefix => method.StartsWith(prefix, StringComparison.Ordinal)))
        {
            Name ??= _isCut ? null : method;
            Caller = method;
        }
    }

    /// <summary>Native functions are no members of a type, or those of C++; what has no name stands in brackets.</summary>
    private static bool IsManaged(string method) => method.Contains('.') && !method.StartsWith('[') && !method.Contains("::", StringComparison.Ordinal);
}

using System.Diagnostics.CodeAnalysis;
using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// The runtime's own stream of events as it is, with what is needed to name methods at its end. A session of its own: that of
/// profiles (<see cref="SharedEventSession"/>) has no such end.
/// </summary>
internal abstract class RecordedEvents
{
    private const string NoEventSources =
        "event sources are switched off (EventSourceSupport=false, or System.Diagnostics.Tracing.EventSource.IsSupported in the runtime configuration); switch them on";

    // EP_YIELD_WHILE of ep-rt-aot.h is empty in .NET 9 and 10.
    private const string NoSafeSessions =
        "the runtime of NativeAOT programs ends a session of events without waiting for threads that are writing into it, which can end the process; ask for a trace in another format, or run the service with a JIT";

    /// <summary>Why there are no events, and what would help; null where there are.</summary>
    public static string? UnsupportedReason => !ManagedRuntime.IsCoreClr ? NoSafeSessions : IsSupported ? DiagnosticPort.UnsupportedReason : NoEventSources;

    /// <summary>Completes when events are recorded, or with the <see cref="IOException"/> that says why they cannot be.</summary>
    public abstract Task Opened { get; }

    /// <summary>Completes when the recording is over, and the session is gone.</summary>
    public abstract Task Ended { get; }

    /// <summary>
    /// Whether the runtime has event sources. In a program that is compiled ahead of time it is a constant, and where it is
    /// false nothing of a session is in the program.
    /// </summary>
    [FeatureSwitchDefinition("System.Diagnostics.Tracing.EventSource.IsSupported")]
    private static bool IsSupported { get; } = !AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out bool isOn) || isOn;

    /// <summary>Begins, on a thread of this package.</summary>
    /// <param name="providers">Whose events.</param>
    /// <param name="put">Gets the bytes, in pieces that are valid during the call. What it throws ends the recording.</param>
    /// <param name="end">Called once when there are no more, with what went wrong or null.</param>
    /// <exception cref="IOException">There are no events.</exception>
    public static RecordedEvents Start(IReadOnlyList<EventProvider> providers, Action<ReadOnlyMemory<byte>> put, Action<Exception?> end) =>
        ManagedRuntime.IsCoreClr && IsSupported ? EventRecording.Start(providers, put, end) : throw new IOException(UnsupportedReason);

    /// <summary>Ends it: what has happened until now is still put, and the names.</summary>
    public abstract void Stop();

    /// <summary>Ends it at once: nobody wants what there is.</summary>
    public abstract void Abandon();
}

namespace Pprof.Sources.EventPipe;

/// <summary>
/// The events of this process, from the one session on itself. Only sources for CoreCLR refer to it: in a NativeAOT binary,
/// where the runtime's events carry no stacks, there is nothing of this room.
/// </summary>
internal sealed class ProcessEvents : EventFeed
{
    /// <summary>That of the process.</summary>
    public static readonly ProcessEvents Instance = new();

    private const string NoEventSources =
        "event sources are switched off (EventSourceSupport=false, or System.Diagnostics.Tracing.EventSource.IsSupported in the runtime configuration); switch them on";

    private ProcessEvents()
    {
    }

    public override string? UnsupportedReason =>
        AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out bool isOn) && !isOn
            ? NoEventSources
            : DiagnosticPort.UnsupportedReason ?? EventRecord.UnsupportedReason;

    public override EventSubscription Join(EventConsumer consumer, params EventRequest[] requests) => Shared.Session.Join(consumer, requests);

    public override Task<bool> FlushAsync() => Shared.Session.FlushAsync();

    // Not before somebody joins: the session loads the packages that it is made of.
    private static class Shared
    {
        public static readonly SharedEventSession Session = new();
    }
}

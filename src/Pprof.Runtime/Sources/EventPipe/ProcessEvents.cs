namespace Pprof.Sources.EventPipe;

/// <summary>
/// The events of this process, from the one session on itself. Only sources for CoreCLR refer to it: in a NativeAOT binary,
/// where the runtime's events carry no stacks, there is nothing of this room.
/// </summary>
internal sealed class ProcessEvents : EventFeed
{
    /// <summary>That of the process.</summary>
    public static readonly ProcessEvents Instance = new();

    private ProcessEvents()
    {
    }

    public override string? UnsupportedReason =>
        RecordedEvents.UnsupportedReason ?? EventRecord.UnsupportedReason;

    public override EventSubscription Join(EventConsumer consumer, params EventRequest[] requests) => Shared.Session.Join(consumer, requests);

    public override Task<bool> FlushAsync() => Shared.Session.FlushAsync();

    // Not before somebody joins: the session loads the packages that it is made of.
    private static class Shared
    {
        public static readonly SharedEventSession Session = new();
    }
}

using Pprof.Process;

namespace Pprof.Sources.EventPipe;

/// <summary>
/// The events of this process, from a session on itself. Everything behind this type is cut off from a NativeAOT
/// binary here: there the runtime's events carry no stacks.
/// </summary>
internal static class EventPipeSource
{
    private const string NoEventSources =
        "event sources are switched off (EventSourceSupport=false, or System.Diagnostics.Tracing.EventSource.IsSupported in the runtime configuration); switch them on";

    private const string NativeAotReason = "the events of the NativeAOT runtime carry no stacks";

    /// <summary>Why there are no events here, and what would make them come; null where there are.</summary>
    public static string? UnsupportedReason =>
        !ManagedRuntime.IsCoreClr ? NativeAotReason
        : AppContext.TryGetSwitch("System.Diagnostics.Tracing.EventSource.IsSupported", out bool isOn) && !isOn ? NoEventSources
        : DiagnosticPort.UnsupportedReason ?? EventRecord.UnsupportedReason;

    /// <summary>
    /// Whether the runtime writes only the events whose ids are asked for. An older one writes all that have the keywords,
    /// and the others are left out when they are read.
    /// </summary>
    public static bool FiltersById => Environment.Version.Major >= 10;

    /// <summary>Delivers to <paramref name="consumer"/> what happens from now on and is asked for.</summary>
    /// <exception cref="IOException">The runtime gives no session.</exception>
    public static EventSubscription Join(EventConsumer consumer, params EventRequest[] requests) =>
        ManagedRuntime.IsCoreClr ? Shared.Session.Join(consumer, requests) : throw new PlatformNotSupportedException(NativeAotReason);

    /// <summary>Waits until everything that happened before the call has been delivered, but no longer than a second.</summary>
    public static bool Flush() => !ManagedRuntime.IsCoreClr || Shared.Session.Flush(TimeSpan.FromSeconds(1));

    private static class Shared
    {
        public static readonly SharedEventSession Session = new();
    }
}

namespace Pprof.Endpoints.Query;

/// <summary>The time that a request asks to be collected.</summary>
internal static class RequestDuration
{
    // The longest that every timer of the runtime takes: 24 days. What asks for more ends when the client does.
    private const long MaxSeconds = int.MaxValue / 1000;

    /// <summary>A duration of this many seconds, or the longest possible one.</summary>
    public static TimeSpan FromSeconds(long seconds) => TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds));
}

using System.Globalization;

namespace Pprof.Endpoints.Query;

/// <summary>The time that a request asks to be collected.</summary>
internal static class RequestDuration
{
    // The longest that every timer of the runtime takes: 24 days. What asks for more ends when the client does.
    private const long MaxSeconds = int.MaxValue / 1000;

    /// <summary>A duration of this many seconds, or the longest possible one.</summary>
    public static TimeSpan FromSeconds(long seconds) => TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds));

    /// <summary>Whole seconds; the default for anything else, as Go's CPU profile has it.</summary>
    public static TimeSpan OfWholeSeconds(string text, int defaultSeconds) =>
        FromSeconds(NumberText.ParseDecimal(text, out long seconds) == NumberStatus.Valid && seconds > 0 ? seconds : defaultSeconds);

    /// <summary>
    /// Seconds with a fraction; the default for anything else, as Go's trace has it. What is no number, or without end, is
    /// over at once.
    /// </summary>
    public static TimeSpan OfFractionalSeconds(string text, int defaultSeconds)
    {
        if (text.TrimStart('+').Equals("inf", StringComparison.OrdinalIgnoreCase))
        {
            return TimeSpan.Zero;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (!double.TryParse(text, Style, CultureInfo.InvariantCulture, out double seconds) || seconds <= 0)
        {
            return TimeSpan.FromSeconds(defaultSeconds);
        }

        return double.IsFinite(seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, MaxSeconds)) : TimeSpan.Zero;
    }
}

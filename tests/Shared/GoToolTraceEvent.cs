using System.Globalization;
using System.Text.RegularExpressions;

namespace Pprof.Testing;

/// <summary>An event as <c>go tool trace -d</c> prints it.</summary>
/// <param name="Time">Nanoseconds since the first.</param>
/// <param name="Name">Its name in Go's source.</param>
/// <param name="Processor">The processor.</param>
/// <param name="Goroutine">The goroutine that runs there; 0 for none.</param>
/// <param name="Rest">Its arguments, <c>name=value</c>.</param>
internal sealed partial record GoToolTraceEvent(long Time, string Name, long Processor, ulong Goroutine, string Rest)
{
    /// <summary>One of its arguments.</summary>
    public long this[string argument] =>
        long.Parse(Regex.Match(Rest, $@"(?:^|\s){argument}=(-?\d+)").Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>The event of a line; null where the line has none.</summary>
    public static GoToolTraceEvent? Parse(string line)
    {
        Match match = Line().Match(line);
        return match.Success
            ? new GoToolTraceEvent(
                long.Parse(match.Groups["time"].Value, CultureInfo.InvariantCulture),
                match.Groups["name"].Value,
                long.Parse(match.Groups["p"].Value, CultureInfo.InvariantCulture),
                ulong.Parse(match.Groups["g"].Value, CultureInfo.InvariantCulture),
                match.Groups["rest"].Value)
            : null;
    }

    [GeneratedRegex(@"^(?<time>\d+) (?<name>\w+) p=(?<p>\d+) g=(?<g>\d+) off=\d+(?<rest>.*)$")]
    private static partial Regex Line();
}

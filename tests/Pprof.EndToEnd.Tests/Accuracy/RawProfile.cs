using System.Globalization;
using System.Text.RegularExpressions;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A CPU profile as <c>go tool pprof -raw</c> prints it.</summary>
internal sealed partial class RawProfile
{
    private readonly Dictionary<int, string> _functions = [];
    private readonly List<(long Nanoseconds, int[] Locations)> _samples = [];

    public RawProfile(string text)
    {
        Text = text;
        foreach (Match location in LocationLine().Matches(text))
            _functions.Add(Number(location.Groups[1]), location.Groups[2].Value);

        foreach (Match sample in SampleLine().Matches(text))
        {
            int[] locations = [.. sample.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            _samples.Add((long.Parse(sample.Groups[1].Value, CultureInfo.InvariantCulture), locations));
        }
    }

    /// <summary>What the tool printed.</summary>
    public string Text { get; }

    /// <summary>Seconds that were profiled.</summary>
    public double Seconds => double.Parse(DurationLine().Match(Text).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Nanoseconds of all samples.</summary>
    public long Total => _samples.Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples that have a function whose name ends so.</summary>
    public long Cumulative(string function) => _samples.Where(sample => Has(sample.Locations, function)).Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples that have one function called, at any depth, by another.</summary>
    public long Cumulative(string function, string caller) => _samples
        .Where(sample => Has(sample.Locations, function) && Has(sample.Locations, caller))
        .Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples whose functions, from the leaf on, end in these names.</summary>
    public long StartingWith(params string[] functions) => _samples
        .Where(sample => sample.Locations.Length >= functions.Length
            && functions.Index().All(f => _functions[sample.Locations[f.Index]].EndsWith(f.Item, StringComparison.Ordinal)))
        .Sum(static sample => sample.Nanoseconds);

    private bool Has(int[] locations, string function) =>
        locations.Any(location => _functions[location].EndsWith(function, StringComparison.Ordinal));

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?m)^Duration: ([\d.]+)$")]
    private static partial Regex DurationLine();

    [GeneratedRegex(@"(?m)^ +(\d+): 0x[0-9a-f]+ M=\d+ (.*?) (?:\S.*)?:\d+ s=\d+")]
    private static partial Regex LocationLine();

    [GeneratedRegex(@"(?m)^ +\d+ +(\d+): ([\d ]+)$")]
    private static partial Regex SampleLine();
}

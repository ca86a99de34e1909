using System.Globalization;
using System.Text.RegularExpressions;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>A profile of time as <c>go tool pprof -raw</c> prints it.</summary>
internal sealed partial class RawProfile
{
    private const int MaxStacks = 12;
    private const int MaxFunctions = 8;

    // Code of which nothing is known but its address.
    private const string Nameless = "(no name)";

    // Functions by sample, from the leaf on.
    private readonly List<(long Nanoseconds, string[] Functions, string Labels)> _samples;

    public RawProfile(string text)
    {
        Text = text;
        Seconds = double.Parse(DurationLine().Match(text).Groups[1].Value, CultureInfo.InvariantCulture);
        Dictionary<int, string> functions = LocationLine().Matches(text).ToDictionary(
            static location => Number(location.Groups[1]), static location => location.Groups[2].Value);
        _samples =
        [
            .. SampleLine().Matches(text).Select(sample => (
                long.Parse(sample.Groups[1].Value, CultureInfo.InvariantCulture),
                sample.Groups[2].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(location => functions.GetValueOrDefault(int.Parse(location), Nameless)).ToArray(),
                sample.Groups[3].Value)),
        ];
    }

    private RawProfile(RawProfile first, RawProfile second)
    {
        Text = first.Text + second.Text;
        Seconds = first.Seconds + second.Seconds;
        _samples = [.. first._samples, .. second._samples];
    }

    /// <summary>What the tool printed.</summary>
    public string Text { get; }

    /// <summary>Seconds that were profiled.</summary>
    public double Seconds { get; }

    /// <summary>
    /// The stacks with most of the time, of those that lack a function: what a failed test shows. All of a profile is
    /// more than a log keeps.
    /// </summary>
    public string Largest(string without) => string.Join('\n', _samples
        .Where(sample => !Has(sample.Functions, without))
        .GroupBy(static sample => string.Join(" < ", sample.Functions.Take(MaxFunctions)))
        .Select(static stack => (Nanoseconds: stack.Sum(static sample => sample.Nanoseconds), Stack: stack.Key))
        .OrderByDescending(static stack => stack.Nanoseconds)
        .Take(MaxStacks)
        .Select(stack => $"{stack.Nanoseconds / 1e6,8:F0} of {Total / 1e6:F0} ms  {stack.Stack}"));

    /// <summary>Nanoseconds of all samples.</summary>
    public long Total => _samples.Sum(static sample => sample.Nanoseconds);

    /// <summary>The share of the time that no stack of a function stands for.</summary>
    public double Unattributed =>
        (double)_samples.Where(static sample => sample.Functions is ["[unsampled CPU time]" or "[lost samples]" or "[unknown stack]"]).Sum(static sample => sample.Nanoseconds) / Total;

    /// <summary>The samples of both.</summary>
    public RawProfile And(RawProfile other) => new(this, other);

    /// <summary>Nanoseconds of the samples that have a function whose name ends so.</summary>
    public long Cumulative(string function) => _samples.Where(sample => Has(sample.Functions, function)).Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples that have one function called, at any depth, by another.</summary>
    public long Cumulative(string function, string caller) => _samples
        .Where(sample => Has(sample.Functions, function) && Has(sample.Functions, caller))
        .Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples whose functions, from the leaf on, end in these names.</summary>
    public long StartingWith(params string[] functions) => _samples
        .Where(sample => sample.Functions.Length >= functions.Length
            && functions.Index().All(f => sample.Functions[f.Index].EndsWith(f.Item, StringComparison.Ordinal)))
        .Sum(static sample => sample.Nanoseconds);

    /// <summary>Nanoseconds of the samples that have a function whose name ends so, and a label.</summary>
    public long Labelled(string key, string value, string function) => _samples
        .Where(sample => sample.Labels.Contains($"{key}:[{value}]", StringComparison.Ordinal) && Has(sample.Functions, function))
        .Sum(static sample => sample.Nanoseconds);

    private static bool Has(string[] functions, string name) => functions.Any(function => function.EndsWith(name, StringComparison.Ordinal));

    private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?m)^Duration: ([\d.]+)$")]
    private static partial Regex DurationLine();

    [GeneratedRegex(@"(?m)^ +(\d+): 0x[0-9a-f]+ M=\d+ (.*?) (?:/.*)?:\d+ s=\d+")]
    private static partial Regex LocationLine();

    [GeneratedRegex(@"(?m)^ +\d+ +(\d+): ([\d ]+)$(?:\n +(\w+:\[.*))?")]
    private static partial Regex SampleLine();
}

using System.Globalization;
using System.Text.RegularExpressions;

namespace Pprof.EndToEnd.Tests;

/// <summary>What <c>go tool pprof -top -unit=ms</c> or <c>-unit=B</c> prints, read back.</summary>
internal sealed partial class TopReport
{
    private readonly Dictionary<string, (double Flat, double Cumulative)> _rows = [];

    public TopReport(string text)
    {
        Text = text;
        foreach (Match row in Row().Matches(text))
            _rows[row.Groups["name"].Value] = (Number(row.Groups["flat"]), Number(row.Groups["cum"]));
    }

    public string Text { get; }

    /// <summary>Milliseconds or bytes of the whole profile.</summary>
    public double Total => Number(TotalLine().Match(Text).Groups[1]);

    /// <summary>Milliseconds or bytes in the function itself; 0 where it is not listed.</summary>
    public double Flat(string name) => _rows.GetValueOrDefault(name).Flat;

    /// <summary>Milliseconds or bytes in the function and what it called; 0 where it is not listed.</summary>
    public double Cumulative(string name) => _rows.GetValueOrDefault(name).Cumulative;

    private static double Number(Group value) => double.Parse(value.Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\s*(?<flat>[\d.]+)(ms|B)?\s+[\d.]+%\s+[\d.]+%\s+(?<cum>[\d.]+)(ms|B)?\s+[\d.]+%\s+(?<name>.+?)(?: \(inline\))?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"of ([\d.]+)(ms|B)? total")]
    private static partial Regex TotalLine();
}

using System.Globalization;

namespace Pprof.Encoding.Views;

/// <summary>
/// Values as the pprof tool writes them: two decimals, in the unit that is asked for or the largest that leaves at least
/// one; and percentages.
/// </summary>
internal static class ValueText
{
    private static readonly (string Name, double Factor)[] s_bytes =
        [("B", 1), ("kB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30), ("TB", 1L << 40), ("PB", 1L << 50)];

    private static readonly (string Name, double Factor)[] s_times =
        [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("hrs", 3600e9)];

    /// <summary>The unit in which <paramref name="value"/> is written by itself; empty where it has no other than its own.</summary>
    public static string UnitOf(long value, string unit) => Family(unit) is { } family ? Fitting(family, value, unit).Name : "";

    /// <summary><paramref name="value"/> in the unit <paramref name="target"/>, or in the one that fits it where that is empty.</summary>
    public static string Of(long value, string unit, string target = "")
    {
        double scaled = value;
        string name = "";
        if (Family(unit) is { } family)
        {
            (name, double factor) = target.Length == 0 ? Fitting(family, value, unit) : family.First(named => named.Name == target);
            scaled = value / factor;
        }

        string text = TwoDecimals(scaled);
        text = text.EndsWith(".00", StringComparison.Ordinal) ? text[..^3] : text;
        return text is "0" or "-0" ? "0" : text + name;
    }

    /// <summary>The share of <paramref name="value"/>, six characters wide at the least.</summary>
    public static string Percentage(long value, long total)
    {
        double ratio = total == 0 ? 0 : Math.Abs((double)value / total) * 100;
        return ratio switch
        {
            >= 99.95 and <= 100.05 => "  100%",
            >= 1 => TwoDecimals(ratio).PadLeft(5) + "%",
            _ => TwoDigits(ratio).PadLeft(5) + "%",
        };
    }

    private static (string Name, double Factor)[]? Family(string unit) => unit switch
    {
        "bytes" => s_bytes,
        "nanoseconds" => s_times,
        _ => null,
    };

    // Zero, which no unit fits, has the one that the tool calls the default: bytes or seconds.
    private static (string Name, double Factor) Fitting((string Name, double Factor)[] family, long value, string unit)
    {
        double size = Math.Abs((double)value);
        return size < 1
            ? (unit == "bytes" ? s_bytes[0] : s_times[3])
            : family.Last(named => size / named.Factor >= 1);
    }

    // Where the binary number lies exactly between two decimal ones, which only an odd number of eighths does, the even one
    // is written; .NET takes the greater.
    private static string TwoDecimals(double value) =>
        (Math.Abs(value * 8 % 2) == 1 ? Math.Round(value * 100, MidpointRounding.ToEven) / 100 : value).ToString("F2", CultureInfo.InvariantCulture);

    private static string TwoDigits(double value)
    {
        value = value == 0.0625 ? 0.062 : Math.Abs(value * 8 % 2) == 1 ? Math.Round(value * 100, MidpointRounding.ToEven) / 100 : value;
        return value.ToString("G2", CultureInfo.InvariantCulture).Replace('E', 'e');
    }
}

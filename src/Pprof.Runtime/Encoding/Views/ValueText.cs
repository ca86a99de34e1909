using System.Globalization;

namespace Pprof.Encoding.Views;

/// <summary>
/// Values as the pprof tool writes them: two decimals, in the unit that is asked for or the largest that leaves at least
/// one; and percentages.
/// </summary>
internal static class ValueText
{
    private static readonly string[] s_byteUnits = ["B", "kB", "MB", "GB", "TB", "PB"];
    private static readonly double[] s_byteFactors = [1, 1L << 10, 1L << 20, 1L << 30, 1L << 40, 1L << 50];
    private static readonly string[] s_timeUnits = ["ns", "us", "ms", "s", "hrs"];
    private static readonly double[] s_timeFactors = [1, 1e3, 1e6, 1e9, 3600e9];

    /// <summary>The unit in which <paramref name="value"/> is written by itself; empty where it has no other than its own.</summary>
    public static string UnitOf(long value, string unit) => unit switch
    {
        "bytes" => s_byteUnits[Fitting(value, s_byteFactors, none: 0)],
        "nanoseconds" => s_timeUnits[Fitting(value, s_timeFactors, none: 3)],
        _ => "",
    };

    /// <summary><paramref name="value"/> in the unit <paramref name="target"/>, or in the one that fits it where that is empty.</summary>
    public static string Of(long value, string unit, string target = "")
    {
        string name = target.Length > 0 ? target : UnitOf(value, unit);
        double factor = unit switch
        {
            "bytes" => s_byteFactors[Array.IndexOf(s_byteUnits, name)],
            "nanoseconds" => s_timeFactors[Array.IndexOf(s_timeUnits, name)],
            _ => 1,
        };
        string text = TwoDecimals(value / factor);
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

    // Zero, which no unit fits, has the one that the tool calls the default.
    private static int Fitting(long value, double[] factors, int none)
    {
        double size = Math.Abs((double)value);
        int fitting = size < 1 ? none : 0;
        for (int i = 0; i < factors.Length && size / factors[i] >= 1; i++)
        {
            fitting = i;
        }

        return fitting;
    }

    // Where the binary number lies exactly between two decimal ones, which only an odd number of eighths does, the even one
    // is written; .NET takes the greater.
    private static string TwoDecimals(double value) => Even(value).ToString("F2", CultureInfo.InvariantCulture);

    private static string TwoDigits(double value) =>
        (value == 0.0625 ? 0.062 : Even(value)).ToString("G2", CultureInfo.InvariantCulture).Replace('E', 'e');

    private static double Even(double value) =>
        Math.Abs(value * 8 % 2) == 1 ? Math.Round(value * 100, MidpointRounding.ToEven) / 100 : value;
}

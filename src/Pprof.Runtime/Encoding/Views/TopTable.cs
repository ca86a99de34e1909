using System.Globalization;
using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Encoding.Views;

/// <summary>
/// What the report <c>-top</c> of the pprof tool lists: functions by what they have themselves, without those that have less
/// than half a percent with all that they called.
/// </summary>
internal sealed class TopTable
{
    private const double DroppedFraction = 0.005;

    private TopTable(IReadOnlyList<string> header, IReadOnlyList<Row> rows) => (Header, Rows) = (header, rows);

    /// <summary>What stands above the table: where the profile comes from, what it measures, what is left out.</summary>
    public IReadOnlyList<string> Header { get; }

    /// <summary>The functions, those with the largest values first.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>The type of value that is shown where nobody asks for another.</summary>
    public static int DefaultIndex(ProfileShape shape) =>
        IndexOf(shape, shape.DefaultSampleType) ?? shape.SampleTypes.Count - 1;

    /// <summary>The position of a type of value; null where the profile has none of that name.</summary>
    public static int? IndexOf(ProfileShape shape, string? type)
    {
        for (int i = 0; i < shape.SampleTypes.Count; i++)
        {
            if (shape.SampleTypes[i].Type == type)
            {
                return i;
            }
        }

        return null;
    }

    /// <summary>The table of the values at <paramref name="index"/>.</summary>
    public static TopTable Of(Profile profile, Symbolizer symbolizer, int index, LabelFilter filter)
    {
        var names = new FrameNames(symbolizer);
        (List<Function> functions, long total) = Sum(profile, names, index, filter);
        long cutoff = Math.Abs((long)(functions.Sum(static function => function.Flat) * DroppedFraction));
        List<Function> kept = [.. functions.Where(function => Math.Abs(function.Cumulative) >= cutoff)];
        kept.Sort(Compare);

        SampleType type = profile.Shape.SampleTypes[index];
        string unit = UnitFor(kept, total, type.Unit);
        List<string> header =
        [
            .. Describe(profile, symbolizer, type, unit, total),
            $"Showing nodes accounting for {Format(kept.Sum(static function => function.Flat))}, {ValueText.Percentage(kept.Sum(static function => function.Flat), total).Trim()} of {Format(total)} total",
        ];
        int dropped = functions.Count - kept.Count;
        if (total != 0 && dropped > 0)
        {
            header.Add($"Dropped {dropped} {(dropped > 1 ? "nodes" : "node")} (cum <= {Format(Math.Abs((long)(total * DroppedFraction)))})");
        }

        long sum = 0;
        var rows = new List<Row>(kept.Count);
        foreach (Function function in kept)
        {
            sum += function.Flat;
            rows.Add(new Row(
                Format(function.Flat),
                ValueText.Percentage(function.Flat, total),
                ValueText.Percentage(sum, total),
                Format(function.Cumulative),
                ValueText.Percentage(function.Cumulative, total),
                function.Name));
        }

        return new TopTable(header, rows);

        string Format(long value) => ValueText.Of(value, type.Unit, unit);
    }

    private static (List<Function> Functions, long Total) Sum(Profile profile, FrameNames names, int index, LabelFilter filter)
    {
        var functions = new Dictionary<int, Function>();
        var seen = new HashSet<int>();
        var stack = new List<int>();
        long total = 0;
        SampleTable samples = profile.Samples;
        for (int i = 0; i < samples.Count; i++)
        {
            // The tool forgets what has no value at all.
            if (!filter.Shows(samples.Labels(i)) || !samples.Values(i).ContainsAnyExcept(0))
            {
                continue;
            }

            stack.Clear();
            foreach (nuint address in samples.Stack(i))
            {
                stack.Add(names.Of(address));
            }

            stack.AddRange(filter.RootsOf(samples.Labels(i)).Reverse().Select(names.Of));
            long value = samples.Values(i)[index];
            total += Math.Abs(value);
            seen.Clear();
            for (int frame = 0; frame < stack.Count; frame++)
            {
                if (!functions.TryGetValue(stack[frame], out Function? function))
                {
                    function = new Function(names.Names[stack[frame]]);
                    functions.Add(stack[frame], function);
                }

                function.Flat += frame == 0 ? value : 0;
                function.Cumulative += seen.Add(stack[frame]) ? value : 0;
            }
        }

        return ([.. functions.Values], total);
    }

    private static int Compare(Function left, Function right)
    {
        int order = Math.Abs(right.Flat).CompareTo(Math.Abs(left.Flat));
        return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
    }

    /// <summary>The one unit of all values: that of the smallest, where the largest is not a hundred times as much.</summary>
    private static string UnitFor(List<Function> functions, long total, string unit)
    {
        if (functions.Count == 0)
        {
            return "";
        }

        long smallest = functions
            .Select(static function => Math.Abs(function.Flat != 0 ? function.Flat : function.Cumulative))
            .Where(static value => value > 0)
            .DefaultIfEmpty(total)
            .Min();
        string fitting = ValueText.UnitOf(smallest, unit);
        return fitting != ValueText.UnitOf(total, unit) && smallest * 100 < total ? ValueText.UnitOf(smallest * 100, unit) : fitting;
    }

    private static IEnumerable<string> Describe(Profile profile, Symbolizer symbolizer, SampleType type, string unit, long total)
    {
        if (symbolizer.Mappings.FirstOrDefault() is { } main)
        {
            if (main.FileName.Length > 0)
            {
                yield return "File: " + Path.GetFileName(main.FileName);
            }

            if (main.BuildId.Length > 0)
            {
                yield return "Build ID: " + main.BuildId;
            }
        }

        foreach (string comment in GapText.Comments(profile).Where(static comment => !comment.StartsWith('#')))
        {
            yield return comment;
        }

        yield return "Type: " + type.Type;
        if (profile.TimeNanos != 0)
        {
            DateTime time = DateTime.UnixEpoch.AddTicks(profile.TimeNanos / TimeSpan.NanosecondsPerTick);
            string halfOfDay = time.Hour < 12 ? "am" : "pm";
            yield return string.Create(CultureInfo.InvariantCulture, $"Time: {time:MMM d, yyyy} at {time:h:mm}{halfOfDay} (UTC)");
        }

        if (profile.DurationNanos != 0)
        {
            string ratio = type.Unit == "nanoseconds" && total != 0 ? $"({ValueText.Percentage(total, profile.DurationNanos)})" : "";
            yield return $"Duration: {ValueText.Of(profile.DurationNanos, "nanoseconds")}, Total samples = {ValueText.Of(total, type.Unit, unit)} {ratio}";
        }
    }

    /// <summary>A line of the table.</summary>
    /// <param name="Flat">What the function has itself.</param>
    /// <param name="FlatShare">Its share of all.</param>
    /// <param name="SumShare">The share of it and all functions above.</param>
    /// <param name="Cumulative">What it has with all that it called.</param>
    /// <param name="CumulativeShare">The share of that.</param>
    /// <param name="Name">The function.</param>
    internal sealed record Row(string Flat, string FlatShare, string SumShare, string Cumulative, string CumulativeShare, string Name);

    private sealed class Function(string name)
    {
        public string Name { get; } = name;

        public long Flat { get; set; }

        public long Cumulative { get; set; }
    }
}

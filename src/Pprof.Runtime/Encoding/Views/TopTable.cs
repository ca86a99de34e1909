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

    private readonly List<Row> _rows = [];
    private readonly List<string> _header = [];
    private readonly SampleType _type;
    private readonly TopOptions _options;
    private long _total;
    private string _unit = "";

    private TopTable(SampleType type, TopOptions options) => (_type, _options) = (type, options);

    /// <summary>What stands above the table: where the profile comes from, what it measures, what is left out.</summary>
    public IReadOnlyList<string> Header => _header;

    /// <summary>The functions, those with the largest values first.</summary>
    public IReadOnlyList<Row> Rows => _rows;

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
    public static TopTable Of(Profile profile, Symbolizer symbolizer, int index, LabelFilter filter) =>
        Of(profile, symbolizer, index, filter, TopOptions.None);

    /// <summary>The table of the values at <paramref name="index"/>, as <paramref name="options"/> say.</summary>
    public static TopTable Of(Profile profile, Symbolizer symbolizer, int index, LabelFilter filter, TopOptions options)
    {
        var table = new TopTable(profile.Shape.SampleTypes[index], options);
        int dropped = table.Add(profile, symbolizer, index, filter) - table._rows.Count;
        int rows = table._rows.Count;
        if (options.MaxRows > 0 && options.MaxRows < rows)
        {
            table._rows.RemoveRange(options.MaxRows, rows - options.MaxRows);
        }

        table._total = options.Total ?? table._total;
        table._unit = table.UnitOfAll();
        table.Describe(profile, symbolizer);
        table.DescribeRows(dropped, rows);
        table.Format();
        return table;
    }

    /// <summary>Adds the functions that are shown. Returns how many there are.</summary>
    private int Add(Profile profile, Symbolizer symbolizer, int index, LabelFilter filter)
    {
        var names = new FrameNames(symbolizer);
        var functions = new List<Row>();
        var stack = new List<int>();
        var roots = new List<string>();
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

            roots.Clear();
            filter.AddRoots(samples.Labels(i), roots);
            foreach (string root in roots)
            {
                stack.Add(names.Of(root));
            }

            while (functions.Count < names.Names.Count)
            {
                functions.Add(new Row(names.Names[functions.Count]));
            }

            Add(functions, stack, i, samples.Values(i)[index]);
        }

        long flat = 0;
        foreach (Row function in functions)
        {
            flat += function.FlatValue;
        }

        // What has nothing of this type, such as who only freed, is none of the functions that are dropped either.
        int count = 0;
        long cutoff = Math.Abs((long)(flat * DroppedFraction));
        foreach (Row function in functions)
        {
            if (function.FlatValue == 0 && function.CumulativeValue == 0)
            {
                continue;
            }

            count++;
            if (Math.Abs(function.CumulativeValue) >= cutoff)
            {
                _rows.Add(function);
            }
        }

        _rows.Sort(_options.ByCumulative ? Row.CompareCumulative : Row.Compare);
        return count;
    }

    private void Add(List<Row> functions, List<int> stack, int sample, long value)
    {
        _total += Math.Abs(value);
        for (int frame = 0; frame < stack.Count; frame++)
        {
            Row function = functions[stack[frame]];
            if (frame == 0)
            {
                function.FlatValue += value;
            }

            // A function that calls itself has it once.
            if (function.LastSample != sample)
            {
                function.LastSample = sample;
                function.CumulativeValue += value;
            }
        }
    }

    /// <summary>The one unit of all values: that of the smallest, where the largest is not a hundred times as much.</summary>
    private string UnitOfAll()
    {
        long smallest = 0;
        foreach (Row row in _rows)
        {
            long value = Math.Abs(row.FlatValue != 0 ? row.FlatValue : row.CumulativeValue);
            smallest = value > 0 && (smallest == 0 || value < smallest) ? value : smallest;
        }

        if (_rows.Count == 0)
        {
            return "";
        }

        smallest = smallest == 0 ? _total : smallest;
        string fitting = ValueText.UnitOf(smallest, _type.Unit);
        return fitting != ValueText.UnitOf(_total, _type.Unit) && smallest * 100 < _total ? ValueText.UnitOf(smallest * 100, _type.Unit) : fitting;
    }

    private void Describe(Profile profile, Symbolizer symbolizer)
    {
        if (symbolizer.Mappings.Count > 0)
        {
            CodeMapping main = symbolizer.Mappings[0];
            if (main.FileName.Length > 0)
            {
                _header.Add("File: " + Path.GetFileName(main.FileName));
            }

            if (main.BuildId.Length > 0)
            {
                _header.Add("Build ID: " + main.BuildId);
            }
        }

        foreach (string comment in GapText.Comments(profile))
        {
            if (!comment.StartsWith('#'))
            {
                _header.Add(comment);
            }
        }

        _header.Add("Type: " + _type.Type);
        if (profile.TimeNanos != 0)
        {
            DateTime time = DateTime.UnixEpoch.AddTicks(profile.TimeNanos / TimeSpan.NanosecondsPerTick);
            string halfOfDay = time.Hour < 12 ? "am" : "pm";
            _header.Add("Time: " + time.ToString("MMM d, yyyy 'at' h:mm", CultureInfo.InvariantCulture) + halfOfDay + " (UTC)");
        }

        if (profile.DurationNanos != 0)
        {
            string ratio = _type.Unit == "nanoseconds" && _total != 0 ? "(" + ValueText.Percentage(_total, profile.DurationNanos) + ")" : "";
            _header.Add("Duration: " + ValueText.Of(profile.DurationNanos, "nanoseconds") + ", Total samples = " + Format(_total) + " " + ratio);
        }
    }

    private void DescribeRows(int dropped, int rows)
    {
        if (_options.Filters.Count > 0)
        {
            _header.Add("Active filters:");
            foreach (string filter in _options.Filters)
            {
                _header.Add("   " + filter);
            }
        }

        long flat = 0;
        foreach (Row row in _rows)
        {
            flat += row.FlatValue;
        }

        _header.Add("Showing nodes accounting for " + Format(flat) + ", " + ValueText.Percentage(flat, _total).Trim() + " of " + Format(_total) + " total");
        if (_total != 0 && dropped > 0)
        {
            _header.Add(
                "Dropped " + dropped.ToString(CultureInfo.InvariantCulture) + (dropped > 1 ? " nodes" : " node")
                + " (cum <= " + Format(Math.Abs((long)(_total * DroppedFraction))) + ")");
        }

        if (_total != 0 && _rows.Count > 0 && _rows.Count < rows)
        {
            _header.Add(string.Create(CultureInfo.InvariantCulture, $"Showing top {_rows.Count} nodes out of {rows}"));
        }
    }

    private void Format()
    {
        long sum = 0;
        foreach (Row row in _rows)
        {
            sum += row.FlatValue;
            row.Texts =
            [
                Format(row.FlatValue),
                ValueText.Percentage(row.FlatValue, _total),
                ValueText.Percentage(sum, _total),
                Format(row.CumulativeValue),
                ValueText.Percentage(row.CumulativeValue, _total),
            ];
        }
    }

    private string Format(long value) => ValueText.Of(value, _type.Unit, _unit);

    /// <summary>A function.</summary>
    internal sealed class Row(string name)
    {
        /// <summary>Its name.</summary>
        public string Name { get; } = name;

        /// <summary>What it has itself.</summary>
        public long FlatValue { get; set; }

        /// <summary>What it has with all that it called.</summary>
        public long CumulativeValue { get; set; }

        /// <summary>The sample that was added last.</summary>
        public int LastSample { get; set; } = -1;

        /// <summary>
        /// What stands in its line: what it has itself, as value and share, the share of it and all lines above, and what it
        /// has with all that it called, as value and share.
        /// </summary>
        public string[] Texts { get; set; } = [];

        /// <summary>What stands after its name, such as that its calls were inlined.</summary>
        public string Mark { get; set; } = "";

        /// <summary>The order of the lines.</summary>
        public static int Compare(Row left, Row right)
        {
            int order = Math.Abs(right.FlatValue).CompareTo(Math.Abs(left.FlatValue));
            return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        }

        /// <summary>The order of the lines by what a function has with all that it called.</summary>
        public static int CompareCumulative(Row left, Row right)
        {
            int order = Math.Abs(right.CumulativeValue).CompareTo(Math.Abs(left.CumulativeValue));
            return order != 0 ? order : string.CompareOrdinal(left.Name, right.Name);
        }
    }
}

using System.Text.RegularExpressions;
using Pprof.Encoding.Views;
using Pprof.Tool.Proto;
using Pprof.Tool.Reading;

namespace Pprof.Tool.Reports;

/// <summary>Which samples are shown, by the options of the pprof tool and as it takes them.</summary>
internal sealed class SampleFilters
{
    private readonly Regex? _focus;
    private readonly Regex? _ignore;
    private readonly TagFilter? _tagFocus;
    private readonly TagFilter? _tagIgnore;
    private readonly List<string> _descriptions = [];

    /// <param name="focus">Matches functions, source files and modules of samples that are shown; null for all.</param>
    /// <param name="ignore">Matches those of samples that are not.</param>
    /// <param name="tagFocus">Matches labels of samples that are shown; null for all.</param>
    /// <param name="tagIgnore">Matches labels of samples that are not.</param>
    public SampleFilters(string? focus, string? ignore, string? tagFocus, string? tagIgnore)
    {
        _focus = Optional("focus", focus);
        _ignore = Optional("ignore", ignore);
        _tagFocus = Tags("tagfocus", tagFocus);
        _tagIgnore = Tags("tagignore", tagIgnore);
    }

    /// <summary>The filters that there are, for the heading of a report.</summary>
    public IReadOnlyList<string> Descriptions => _descriptions;

    /// <summary>What decides over the samples of <paramref name="profile"/>.</summary>
    public Func<Sample, bool> For(Profile profile)
    {
        HashSet<ulong>? focused = Locations(profile, _focus);
        HashSet<ulong>? ignored = Locations(profile, _ignore);
        return sample =>
            (focused is null || sample.LocationId.Any(focused.Contains))
            && (ignored is null || !sample.LocationId.Any(ignored.Contains))
            && (_tagFocus is null || _tagFocus.Matches(sample, profile.StringTable))
            && (_tagIgnore is null || !_tagIgnore.Matches(sample, profile.StringTable));
    }

    /// <summary>A regular expression of the user's, in the dialect that both tools know: no looking around, and no time lost.</summary>
    internal static Regex Compile(string option, string pattern)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw new ToolException($"--{option}: {pattern} is no regular expression: {exception.Message}", exception);
        }
    }

    private Regex? Optional(string option, string? pattern)
    {
        if (string.IsNullOrEmpty(pattern))
        {
            return null;
        }

        _descriptions.Add($"{option}={pattern}");
        return Compile(option, pattern);
    }

    private TagFilter? Tags(string option, string? filter)
    {
        if (string.IsNullOrEmpty(filter))
        {
            return null;
        }

        _descriptions.Add($"{option}={filter}");
        return new TagFilter(option, filter);
    }

    private static HashSet<ulong>? Locations(Profile profile, Regex? regex)
    {
        if (regex is null)
        {
            return null;
        }

        IList<string> strings = profile.StringTable;
        HashSet<ulong> functions =
        [
            .. profile.Function
                .Where(function => regex.IsMatch(FunctionName.Of(strings[(int)function.Name], strings[(int)function.SystemName])) || regex.IsMatch(strings[(int)function.Filename]))
                .Select(static function => function.Id),
        ];
        HashSet<ulong> mappings = [.. profile.Mapping.Where(mapping => regex.IsMatch(strings[(int)mapping.Filename])).Select(static mapping => mapping.Id)];
        return
        [
            .. profile.Location
                .Where(location => mappings.Contains(location.MappingId) || location.Line.Any(line => functions.Contains(line.FunctionId)))
                .Select(static location => location.Id),
        ];
    }

    /// <summary>
    /// A filter of labels: <c>key=regex,regex</c>, of which one has to match, or <c>regex,regex</c>, which all have to match
    /// a <c>key:value</c>.
    /// </summary>
    private sealed class TagFilter
    {
        private readonly string? _key;
        private readonly Regex[] _values;

        public TagFilter(string option, string filter)
        {
            int equals = filter.IndexOf('=', StringComparison.Ordinal);
            _key = equals > 0 ? filter[..equals] : null;
            _values = [.. filter[(equals + 1)..].Split(',').Select(value => Compile(option, value))];
        }

        public bool Matches(Sample sample, IReadOnlyList<string> strings)
        {
            (string Key, string Value)[] labels =
                [.. sample.Label.Select(label => (strings[(int)label.Key], LabelFilter.ValueOf(ReadProfile.LabelOf(label, strings))))];
            return _key is null
                ? _values.All(value => labels.Any(label => value.IsMatch($"{label.Key}:{label.Value}")))
                : _values.Any(value => labels.Any(label => label.Key == _key && value.IsMatch(label.Value)));
        }
    }
}

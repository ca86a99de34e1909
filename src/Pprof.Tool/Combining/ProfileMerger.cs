using System.Globalization;
using System.Text;
using Google.Protobuf.Collections;
using Pprof.Tool.Proto;
using Pprof.Tool.Reading;
using ValueType = Pprof.Tool.Proto.ValueType;

namespace Pprof.Tool.Combining;

/// <summary>
/// Adds profiles up. Samples are one where their stacks and labels are; addresses are compared within their mapping, which
/// may lie elsewhere in the next process.
/// </summary>
internal sealed class ProfileMerger
{
    /// <summary>The key of the label that samples of a profile have that another is compared with.</summary>
    public const string BaseLabel = "pprof::base";

    private const ulong PageSize = 0x1000;

    private readonly Profile _merged = new();
    private readonly Dictionary<string, long> _strings = new(StringComparer.Ordinal) { [""] = 0 };
    private readonly Dictionary<(ulong Size, ulong Offset, string File), Mapping> _mappings = [];
    private readonly Dictionary<(long Line, long Name, long SystemName, long File), ulong> _functions = [];
    private readonly Dictionary<(ulong Mapping, ulong Address, string Lines, bool IsFolded), ulong> _locations = [];
    private readonly Dictionary<string, Sample> _samples = new(StringComparer.Ordinal);

    private ProfileMerger() => _merged.StringTable.Add("");

    /// <summary>The sum.</summary>
    /// <exception cref="ToolException">They do not measure the same.</exception>
    public static Profile Sum(IReadOnlyList<ProfileFile> files)
    {
        foreach (ProfileFile file in files.Skip(1))
        {
            Compare(files[0], file);
        }

        return Combine([.. files.Select(static file => (file.Profile, false))]);
    }

    /// <summary>
    /// What is more in <paramref name="after"/>, and, negative, what is less. Samples of both stand beside each other: those
    /// of <paramref name="before"/> have a label by which the pprof tool knows what shares are shares of.
    /// </summary>
    /// <exception cref="ToolException">They do not measure the same.</exception>
    public static Profile Difference(ProfileFile before, ProfileFile after)
    {
        Compare(before, after);
        return Combine([(after.Profile, false), (before.Profile, true)]);
    }

    private static void Compare(ProfileFile first, ProfileFile second)
    {
        string one = Measures(first.Profile);
        string other = Measures(second.Profile);
        if (one != other)
        {
            throw new ToolException($"{first.Name} and {second.Name} do not measure the same: {one}, and {other}");
        }
    }

    private static string Measures(Profile profile)
    {
        string Describe(ValueType type) => $"{profile.StringTable[(int)type.Type]}/{profile.StringTable[(int)type.Unit]}";
        return $"{string.Join(" ", profile.SampleType.Select(Describe))} by {Describe(profile.PeriodType ?? new ValueType())}";
    }

    private static Profile Combine(IReadOnlyList<(Profile Profile, bool IsBase)> profiles)
    {
        var merger = new ProfileMerger();
        merger.AddHeader([.. profiles.Select(static profile => profile.Profile)]);
        foreach ((Profile profile, bool isBase) in profiles)
        {
            merger.Add(profile, isBase);
        }

        // Once more where samples have cancelled each other out, so that nothing is left of them.
        return merger._merged.Sample.Any(IsZero) ? Combine([(merger._merged, false)]) : merger._merged;
    }

    private static bool IsZero(Sample sample) => sample.Value.All(static value => value == 0);

    private void AddHeader(IReadOnlyList<Profile> profiles)
    {
        Profile first = profiles[0];
        ValueType Copy(ValueType type) => new() { Type = Text(first, type.Type), Unit = Text(first, type.Unit) };
        _merged.SampleType.AddRange(first.SampleType.Select(Copy));
        _merged.PeriodType = first.PeriodType is null ? null : Copy(first.PeriodType);
        _merged.DropFrames = Text(first, first.DropFrames);
        _merged.KeepFrames = Text(first, first.KeepFrames);
        foreach (Profile profile in profiles)
        {
            _merged.TimeNanos = _merged.TimeNanos == 0 ? profile.TimeNanos : Math.Min(_merged.TimeNanos, profile.TimeNanos);
            _merged.DurationNanos += profile.DurationNanos;
            _merged.Period = Math.Max(_merged.Period, profile.Period);
            _merged.DefaultSampleType = _merged.DefaultSampleType != 0 ? _merged.DefaultSampleType : Text(profile, profile.DefaultSampleType);
            _merged.DocUrl = _merged.DocUrl != 0 ? _merged.DocUrl : Text(profile, profile.DocUrl);
            foreach (long comment in profile.Comment)
            {
                long index = Text(profile, comment);
                if (!_merged.Comment.Contains(index))
                {
                    _merged.Comment.Add(index);
                }
            }
        }

        // The first mapping is the main program.
        if (first.Mapping.Count > 0)
        {
            MappingOf(first, first.Mapping[0]);
        }
    }

    private void Add(Profile profile, bool isBase)
    {
        Dictionary<ulong, Mapping> mappings = profile.Mapping.ToDictionary(static mapping => mapping.Id);
        Dictionary<ulong, Function> functions = profile.Function.ToDictionary(static function => function.Id);
        Dictionary<ulong, Location> locations = profile.Location.ToDictionary(static location => location.Id);
        var merged = new Dictionary<ulong, ulong>();
        foreach (Sample sample in profile.Sample.Where(static sample => !IsZero(sample)))
        {
            var copy = new Sample();
            foreach (ulong id in sample.LocationId)
            {
                if (!merged.TryGetValue(id, out ulong location))
                {
                    location = Location(profile, locations[id], mappings, functions);
                    merged.Add(id, location);
                }

                copy.LocationId.Add(location);
            }

            AddLabels(copy.Label, profile, sample, isBase);
            AddValues(copy, sample.Value, isBase ? -1 : 1);
        }
    }

    private void AddLabels(RepeatedField<Label> labels, Profile profile, Sample sample, bool isBase)
    {
        labels.AddRange(sample.Label.Select(label => new Label
        {
            Key = Text(profile, label.Key),
            Str = Text(profile, label.Str),
            Num = label.Num,
            NumUnit = Text(profile, label.NumUnit),
        }));
        if (isBase)
        {
            labels.Add(new Label { Key = Text(BaseLabel), Str = Text("true") });
        }
    }

    private void AddValues(Sample copy, IReadOnlyList<long> values, int sign)
    {
        string key = KeyOf(copy);
        if (_samples.TryGetValue(key, out Sample? sum))
        {
            for (int i = 0; i < values.Count; i++)
            {
                sum.Value[i] += sign * values[i];
            }

            return;
        }

        copy.Value.AddRange(values.Select(value => sign * value));
        _samples.Add(key, copy);
        _merged.Sample.Add(copy);
    }

    private static string KeyOf(Sample sample)
    {
        var key = new StringBuilder().AppendJoin(',', sample.LocationId);
        foreach (string label in sample.Label.Select(static label => $"{label.Key}:{label.Str}:{label.Num}:{label.NumUnit}").Order(StringComparer.Ordinal))
        {
            key.Append('|').Append(label);
        }

        return key.ToString();
    }

    private ulong Location(Profile profile, Location location, Dictionary<ulong, Mapping> mappings, Dictionary<ulong, Function> functions)
    {
        Mapping? from = mappings.GetValueOrDefault(location.MappingId);
        Mapping? to = from is null ? null : MappingOf(profile, from);
        var copy = new Location
        {
            MappingId = to?.Id ?? 0,
            Address = location.Address - (from?.MemoryStart ?? 0) + (to?.MemoryStart ?? 0),
            IsFolded = location.IsFolded,
        };
        copy.Line.AddRange(location.Line.Select(line => new Line
        {
            FunctionId = line.FunctionId == 0 ? 0 : Function(profile, functions[line.FunctionId]),
            Line_ = line.Line_,
            Column = line.Column,
        }));
        string lines = string.Join('|', copy.Line.Select(static line => string.Create(CultureInfo.InvariantCulture, $"{line.FunctionId}:{line.Line_}:{line.Column}")));
        var key = (copy.MappingId, copy.Address, lines, copy.IsFolded);
        if (!_locations.TryGetValue(key, out ulong id))
        {
            id = (ulong)_locations.Count + 1;
            _locations.Add(key, id);
            copy.Id = id;
            _merged.Location.Add(copy);
        }

        return id;
    }

    private ulong Function(Profile profile, Function function)
    {
        var copy = new Function
        {
            Name = Text(profile, function.Name),
            SystemName = Text(profile, function.SystemName),
            Filename = Text(profile, function.Filename),
            StartLine = function.StartLine,
        };
        var key = (copy.StartLine, copy.Name, copy.SystemName, copy.Filename);
        if (!_functions.TryGetValue(key, out ulong id))
        {
            id = (ulong)_functions.Count + 1;
            _functions.Add(key, id);
            copy.Id = id;
            _merged.Function.Add(copy);
        }

        return id;
    }

    private Mapping MappingOf(Profile profile, Mapping mapping)
    {
        ulong size = (mapping.MemoryLimit - mapping.MemoryStart + PageSize - 1) / PageSize * PageSize;
        string buildId = profile.StringTable[(int)mapping.BuildId];
        var key = (size, mapping.FileOffset, buildId.Length > 0 ? buildId : profile.StringTable[(int)mapping.Filename]);
        if (!_mappings.TryGetValue(key, out Mapping? copy))
        {
            copy = mapping.Clone();
            copy.Id = (ulong)_mappings.Count + 1;
            copy.Filename = Text(profile, mapping.Filename);
            copy.BuildId = Text(profile, mapping.BuildId);
            _mappings.Add(key, copy);
            _merged.Mapping.Add(copy);
        }

        return copy;
    }

    private long Text(Profile profile, long index) => Text(profile.StringTable[(int)index]);

    private long Text(string text)
    {
        if (!_strings.TryGetValue(text, out long index))
        {
            index = _merged.StringTable.Count;
            _strings.Add(text, index);
            _merged.StringTable.Add(text);
        }

        return index;
    }
}

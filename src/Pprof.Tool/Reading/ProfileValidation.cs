using Pprof.Tool.Proto;
using ValueType = Pprof.Tool.Proto.ValueType;

namespace Pprof.Tool.Reading;

/// <summary>Whether what a message refers to is there, so that nobody who uses it has to ask.</summary>
internal static class ProfileValidation
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Complaint(Profile profile)
    {
        if (profile.SampleType.Count == 0)
        {
            return "it has no sample type";
        }

        if (profile.StringTable is not ["", ..])
        {
            return "its first string is not empty";
        }

        if (Strings(profile).Any(index => index < 0 || index >= profile.StringTable.Count))
        {
            return "it refers to a string that is not there";
        }

        if (HasDuplicates(profile.Mapping.Select(static mapping => mapping.Id), out HashSet<ulong> mappings)
            || HasDuplicates(profile.Function.Select(static function => function.Id), out HashSet<ulong> functions)
            || HasDuplicates(profile.Location.Select(static location => location.Id), out HashSet<ulong> locations))
        {
            return "an id is 0 or stands twice";
        }

        // A location may be of no mapping and its lines of no function: their ids are 0.
        mappings.Add(0);
        functions.Add(0);
        return profile.Location.Any(location => !mappings.Contains(location.MappingId) || location.Line.Any(line => !functions.Contains(line.FunctionId)))
            || profile.Sample.Any(sample => sample.LocationId.Any(id => !locations.Contains(id)))
            ? "it refers to what is not there"
            : profile.Sample.Any(sample => sample.Value.Count != profile.SampleType.Count)
            ? "a sample has not as many values as there are sample types"
            : null;
    }

    private static IEnumerable<long> Strings(Profile profile)
    {
        IEnumerable<long> types = profile.SampleType.Append(profile.PeriodType ?? new ValueType()).SelectMany(static type => (long[])[type.Type, type.Unit]);
        IEnumerable<long> labels = profile.Sample.SelectMany(static sample => sample.Label).SelectMany(static label => (long[])[label.Key, label.Str, label.NumUnit]);
        IEnumerable<long> mappings = profile.Mapping.SelectMany(static mapping => (long[])[mapping.Filename, mapping.BuildId]);
        IEnumerable<long> functions = profile.Function.SelectMany(static function => (long[])[function.Name, function.SystemName, function.Filename]);
        return [.. types, .. labels, .. mappings, .. functions, .. profile.Comment, profile.DropFrames, profile.KeepFrames, profile.DefaultSampleType, profile.DocUrl];
    }

    private static bool HasDuplicates(IEnumerable<ulong> ids, out HashSet<ulong> distinct)
    {
        distinct = [];
        foreach (ulong id in ids)
        {
            if (id == 0 || !distinct.Add(id))
            {
                return true;
            }
        }

        return false;
    }
}

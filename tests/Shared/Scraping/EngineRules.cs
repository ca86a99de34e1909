using System.Globalization;
using Proto = Pprof.Tool.Proto;

namespace Pprof.Testing.Scraping;

/// <summary>
/// What engines ask of a profile that they scrape, beyond what <c>go tool pprof</c> does. None says so to the service: the
/// profile is refused, or its figures are wrong.
/// </summary>
internal static class EngineRules
{
    // Where Pyroscope refuses the whole profile, as it is configured by default.
    private const int MaxSamples = 16_000;
    private const int MaxBytes = 4 << 20;
    private const int MaxLabels = 100;

    private const int MaxSampleTypes = 4;

    // What only grows while a process lives. Engines subtract one scrape from the next.
    private static readonly string[] s_cumulative = ["alloc_objects", "alloc_space", "contentions", "delay"];

    /// <summary>The rules that <paramref name="profile"/> breaks, a sentence for each.</summary>
    public static IEnumerable<string> Broken(Proto.Profile profile)
    {
        List<string> broken = [];
        Check(profile.CalculateSize() <= MaxBytes, $"it has {profile.CalculateSize()} bytes");
        Check(profile.Sample.Count <= MaxSamples, $"it has {profile.Sample.Count} samples");
        Check(profile.StringTable is ["", ..], "the first string is not empty");
        Check(profile.Mapping.Count > 0, "it has no mapping");

        // Parca refuses a gap, and Alloy's index of locations is slower with one.
        Check(Follow(profile.Mapping.Select(static mapping => mapping.Id)), "the ids of mappings have a gap");
        Check(Follow(profile.Location.Select(static location => location.Id)), "the ids of locations have a gap");
        Check(Follow(profile.Function.Select(static function => function.Id)), "the ids of functions have a gap");

        Check(profile.PeriodType is { Type: > 0, Unit: > 0 }, "it has no period type");
        Check(profile.SampleType.Count is > 0 and <= MaxSampleTypes, $"it has {profile.SampleType.Count} sample types");
        foreach (Proto.ValueType type in profile.SampleType)
        {
            // Pyroscope refuses the one and parses the other as the end of the name.
            string name = Text(profile, type.Type);
            Check(name.Length > 0 && name.IndexOfAny(['-', ':']) < 0, $"a sample type is called {name}");
            Check(type.Unit > 0, $"the sample type {name} has no unit");
        }

        foreach (Proto.Location location in profile.Location)
        {
            string name = location.Line.Count == 0 ? "no name" : Text(profile, profile.Function[(int)location.Line[0].FunctionId - 1].Name);
            Check(location.Address != 0, $"a location has no address: {name}");
            Proto.Mapping mapping = profile.Mapping[(int)location.MappingId - 1];
            Check(
                location.Address >= mapping.MemoryStart && location.Address < mapping.MemoryLimit,
                $"a location is outside of its mapping {Text(profile, mapping.Filename)}: {name}");
        }

        foreach (IGrouping<ulong, Proto.Location> same in profile.Location.GroupBy(static location => location.Address).Where(static group => group.Count() > 1))
            Check(false, $"{same.Count()} locations have the address 0x{same.Key:x}");

        foreach (Proto.Sample sample in profile.Sample)
        {
            Check(sample.Value.Count == profile.SampleType.Count, $"a sample has {sample.Value.Count} values");
            Check(sample.Label.Count <= MaxLabels, $"a sample has {sample.Label.Count} labels");
            Check(sample.Label.All(static label => label.Key > 0), "a label has no key");
            Check(sample.Value.All(static value => value >= 0), "a sample has a negative value");
        }

        foreach (IGrouping<string, Proto.Sample> same in profile.Sample.GroupBy(sample => KeyOf(profile, sample)).Where(static group => group.Count() > 1))
            Check(false, $"{same.Count()} samples are the same by addresses and labels: {same.Key}");

        return broken.Distinct();

        void Check(bool holds, string sentence)
        {
            if (!holds)
                broken.Add(sentence);
        }
    }

    /// <summary>What went backwards from one scrape of a process to the next though it can only grow.</summary>
    public static IEnumerable<string> Shrunk(Proto.Profile before, Proto.Profile after)
    {
        int[] cumulative = [.. Enumerable.Range(0, after.SampleType.Count).Where(i => s_cumulative.Contains(Text(after, after.SampleType[i].Type)))];
        var now = after.Sample.ToLookup(sample => KeyOf(after, sample));
        foreach (Proto.Sample sample in before.Sample.Where(sample => cumulative.Any(i => sample.Value[i] != 0)))
        {
            string key = KeyOf(before, sample);
            if (!now.Contains(key))
                yield return $"a sample vanished: {key}";
            else if (cumulative.Any(i => now[key].Sum(later => later.Value[i]) < sample.Value[i]))
                yield return $"a sample became less: {key}";
        }
    }

    /// <summary>What Alloy tells two samples apart by.</summary>
    private static string KeyOf(Proto.Profile profile, Proto.Sample sample)
    {
        IEnumerable<string> labels = sample.Label
            .Select(label => $"{Text(profile, label.Key)}={Text(profile, label.Str)}{label.Num}{Text(profile, label.NumUnit)}")
            .Order(StringComparer.Ordinal);
        IEnumerable<string> frames = sample.LocationId
            .Select(id => profile.Location[(int)id - 1].Address.ToString("x", CultureInfo.InvariantCulture));
        return $"{string.Join(' ', frames)} {{{string.Join(' ', labels)}}}";
    }

    private static string Text(Proto.Profile profile, long index) => profile.StringTable[(int)index];

    private static bool Follow(IEnumerable<ulong> ids) => ids.Select(static (id, index) => id == (ulong)index + 1).All(static follows => follows);
}

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

    // Sample type, its unit, period type, its unit: those that an engine has a name, a unit and a direction for. Others are stored
    // and shown by what they are called.
    private static readonly HashSet<string> s_known =
    [
        // Go's, which Pyroscope (pkg/pprof, the profile types of its explorer) and Parca (the well known ones of its selector) list.
        "samples:count:cpu:nanoseconds", "cpu:nanoseconds:cpu:nanoseconds",
        "alloc_objects:count:space:bytes", "alloc_space:bytes:space:bytes", "inuse_objects:count:space:bytes", "inuse_space:bytes:space:bytes",
        "contentions:count:contentions:count", "delay:nanoseconds:contentions:count",
        "goroutine:count:goroutine:count",

        // Pyroscope's own, of its profilers of Java and Node.js. Parca lists fgprof's time and wallclock in its place.
        "samples:count:wall:nanoseconds", "wall:nanoseconds:wall:nanoseconds",
    ];

    // And those that none has in its list, with the reason why they are called as they are.
    private static readonly Dictionary<string, string> s_deviations = new()
    {
        ["threadcreate:count:threadcreate:count"] = "as Go calls it; no engine asks for it by default, and Go's own has no list either",
        ["objects:count:space:bytes"] = "heap?view=: everything that is alive, which is no sample of allocations; under inuse_objects an engine would add it to them",
        ["space:bytes:space:bytes"] = "the same in bytes",
    };

    // What only grows while a process lives. Engines subtract one scrape from the next.
    private static readonly string[] s_cumulative = ["alloc_objects", "alloc_space", "contentions", "delay"];

    /// <summary>The rules that <paramref name="profile"/> breaks, a sentence for each.</summary>
    /// <param name="profile">The profile.</param>
    /// <param name="isDifference">Whether it is what changed in some seconds: what is a state may have become less.</param>
    /// <param name="custom">The name of the profile where it is one of the application's own, which is called as it pleases.</param>
    public static IEnumerable<string> Broken(Proto.Profile profile, bool isDifference = false, string? custom = null)
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
            string whole = string.Join(':', new[] { type.Type, type.Unit, profile.PeriodType?.Type ?? 0, profile.PeriodType?.Unit ?? 0 }.Select(text => Text(profile, text)));
            bool isCustom = custom is not null && whole == $"{custom}:count:{custom}:count";
            Check(isCustom || s_known.Contains(whole) || s_deviations.ContainsKey(whole), $"no engine knows {whole}");
        }

        foreach (Proto.Location location in profile.Location)
        {
            string name = location.Line.Count == 0 ? "no name" : Text(profile, profile.Function[(int)location.Line[0].FunctionId - 1].Name);
            Check(location.Address != 0, $"a location has no address: {name}");
            Proto.Mapping mapping = profile.Mapping[(int)location.MappingId - 1];

            // What lies in no file, as the kernel's part of the address space, has no name either, and stands under the program.
            Check(
                location.Line.Count == 0 || (location.Address >= mapping.MemoryStart && location.Address < mapping.MemoryLimit),
                $"a location is outside of its mapping {Text(profile, mapping.Filename)}: {name}");
        }

        foreach (IGrouping<ulong, Proto.Location> same in profile.Location.GroupBy(static location => location.Address).Where(static group => group.Count() > 1))
            Check(false, $"{same.Count()} locations have the address 0x{same.Key:x}");

        int[] growing = isDifference ? Cumulative(profile) : [.. Enumerable.Range(0, profile.SampleType.Count)];
        foreach (Proto.Sample sample in profile.Sample)
        {
            Check(sample.Value.Count == profile.SampleType.Count, $"a sample has {sample.Value.Count} values");
            Check(sample.Label.Count <= MaxLabels, $"a sample has {sample.Label.Count} labels");
            Check(sample.Label.All(static label => label.Key > 0), "a label has no key");
            Check(growing.All(i => sample.Value[i] >= 0), "a sample has a negative value");
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
        int[] cumulative = Cumulative(after);
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

    private static int[] Cumulative(Proto.Profile profile) =>
        [.. Enumerable.Range(0, profile.SampleType.Count).Where(i => s_cumulative.Contains(Text(profile, profile.SampleType[i].Type)))];

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

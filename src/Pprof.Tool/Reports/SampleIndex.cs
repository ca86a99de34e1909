using System.Globalization;
using Pprof.Encoding.Views;
using Pprof.Profiles;
using Pprof.Tool.Combining;
using Pprof.Tool.Proto;

namespace Pprof.Tool.Reports;

/// <summary>Which type of value is shown, and what all of them are.</summary>
internal static class SampleIndex
{
    private const string InUse = "inuse_";

    /// <summary>The position of the type that is asked for by name or position; null for the profile's own.</summary>
    /// <exception cref="ToolException">There is none.</exception>
    public static int Of(ProfileShape shape, string? asked)
    {
        if (string.IsNullOrEmpty(asked))
        {
            return TopTable.DefaultIndex(shape);
        }

        if (int.TryParse(asked, NumberStyles.None, CultureInfo.InvariantCulture, out int position) && position < shape.SampleTypes.Count)
        {
            return position;
        }

        // Profiles of old have space where later ones have inuse_space.
        string old = asked.StartsWith(InUse, StringComparison.Ordinal) ? asked[InUse.Length..] : asked;
        return TopTable.IndexOf(shape, asked) ?? TopTable.IndexOf(shape, old)
            ?? throw new ToolException($"--sample-index: the profile has no {asked}, but {string.Join(", ", shape.SampleTypes.Select(static type => type.Type))}");
    }

    /// <summary>What shares are shares of: all samples, or those of the profile that others are compared with.</summary>
    public static long TotalOf(Proto.Profile profile, int index)
    {
        long total = 0;
        long before = 0;
        foreach (Sample sample in profile.Sample)
        {
            long value = Math.Abs(sample.Value[index]);
            total += value;
            before += sample.Label.Any(label => profile.StringTable[(int)label.Key] == ProfileMerger.BaseLabel) ? value : 0;
        }

        return before > 0 ? before : total;
    }
}

using Pprof.Profiles;
using Pprof.Tool.Proto;
using Label = Pprof.Profiles.Label;
using Profile = Pprof.Profiles.Profile;
using ValueType = Pprof.Tool.Proto.ValueType;

namespace Pprof.Tool.Reading;

/// <summary>A message in the form that reports are made of.</summary>
internal static class ReadProfile
{
    /// <summary>The samples of <paramref name="message"/> that <paramref name="shows"/> lets through.</summary>
    /// <param name="message">The profile.</param>
    /// <param name="frames">Its frames.</param>
    /// <param name="shows">Whether a sample is taken.</param>
    /// <param name="roots">The keys of labels that become frames, outermost first.</param>
    public static Profile Of(Proto.Profile message, FileFrames frames, Func<Sample, bool> shows, params IReadOnlyList<string> roots)
    {
        IReadOnlyList<string> strings = message.StringTable;
        SampleType TypeOf(ValueType type) => new(strings[(int)type.Type], strings[(int)type.Unit]);
        string defaultType = strings[(int)message.DefaultSampleType];
        var profile = new Profile
        {
            Shape = new ProfileShape
            {
                SampleTypes = [.. message.SampleType.Select(TypeOf)],
                PeriodType = TypeOf(message.PeriodType ?? new ValueType()),
                DefaultSampleType = defaultType.Length > 0 ? defaultType : null,
            },
            Period = message.Period,
            TimeNanos = message.TimeNanos,
            DurationNanos = message.DurationNanos,
        };
        profile.Comments.AddRange(message.Comment.Select(index => strings[(int)index]));
        var stack = new List<nuint>();
        foreach (Sample sample in message.Sample.Where(shows))
        {
            stack.Clear();
            foreach (ulong location in sample.LocationId)
            {
                stack.AddRange(frames.At(location));
            }

            LabelSet labels = LabelsOf(sample, strings);
            foreach (string key in roots.Reverse())
            {
                stack.Add(frames.OfLabel(key, labels));
            }

            profile.Samples.Add(stack.ToArray(), labels, [.. sample.Value]);
        }

        return profile;
    }

    /// <summary>What a label says where it is no text: a number with its unit.</summary>
    public static Label LabelOf(Proto.Label label, IReadOnlyList<string> strings) => label.Str != 0
        ? new Label(strings[(int)label.Key], strings[(int)label.Str])
        : new Label(strings[(int)label.Key], null, label.Num, strings[(int)label.NumUnit]);

    private static LabelSet LabelsOf(Sample sample, IReadOnlyList<string> strings)
    {
        LabelSet labels = LabelSet.Empty;
        foreach (Proto.Label label in sample.Label)
        {
            labels = labels.With(LabelOf(label, strings));
        }

        return labels;
    }
}

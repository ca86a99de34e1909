using System.ComponentModel;

namespace Pprof.Profiles;

/// <summary>
/// What all profiles of one kind have in common. Stated once, in the row that the source generator emits; a collector
/// gets the empty profile that it fills from here.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileShape
{
    /// <summary>What the values of a sample measure, in order.</summary>
    public required IReadOnlyList<SampleType> SampleTypes { get; init; }

    /// <summary>The kind of event between two samples.</summary>
    public required SampleType PeriodType { get; init; }

    /// <summary>The sample type that the tool shows first, or null for the last.</summary>
    public string? DefaultSampleType { get; init; }

    /// <summary>The text form that <c>debug=</c> asks for.</summary>
    public ProfileText Text { get; init; }

    /// <summary>The shape of a profile that counts things: one value, <paramref name="type"/>/count, and its text form.</summary>
    public static ProfileShape Counting(string type) => new()
    {
        SampleTypes = [new(type, "count")],
        PeriodType = new(type, "count"),
        Text = ProfileText.Count,
    };

    /// <summary>A profile without samples that begins now.</summary>
    internal Profile NewProfile() => new() { Shape = this, TimeNanos = Profile.NanosecondsNow };
}

namespace Pprof.Profiles;

/// <summary>A profile before its instruction pointers have names: samples and what they mean.</summary>
internal sealed class Profile
{
    private SampleTable? _samples;

    /// <summary>What the values of a sample measure, in order.</summary>
    public required IReadOnlyList<SampleType> SampleTypes { get; init; }

    /// <summary>The samples.</summary>
    public SampleTable Samples => _samples ??= new SampleTable(SampleTypes.Count);

    /// <summary>The kind of event between two samples, or null.</summary>
    public SampleType? PeriodType { get; set; }

    /// <summary>The number of <see cref="PeriodType"/> units between two samples.</summary>
    public long Period { get; set; }

    /// <summary>Nanoseconds since the Unix epoch at which collection began, or the snapshot was taken.</summary>
    public long TimeNanos { get; set; }

    /// <summary>Nanoseconds that were collected; 0 for a snapshot.</summary>
    public long DurationNanos { get; set; }

    /// <summary>The sample type that the tool shows first, or null for the last.</summary>
    public string? DefaultSampleType { get; set; }

    /// <summary>Events that the source had no room for since the start of the process, or in the time of a difference.</summary>
    public long LostEvents { get; set; }

    /// <summary>Whether events of the last moments, which the source had not handed over in time, are missing.</summary>
    public bool LacksLastEvents { get; set; }

    /// <summary>Where the samples come from, what is missing. Shown by the tool; lines starting with # only on request.</summary>
    public List<string> Comments { get; } = [];

    /// <summary>The comments, and those on <see cref="LacksLastEvents"/> and <see cref="LostEvents"/>.</summary>
    public IEnumerable<string> AllComments
    {
        get
        {
            foreach (string comment in Comments)
            {
                yield return comment;
            }

            if (LacksLastEvents)
            {
                yield return "incomplete: the runtime's events of the last moments had not come";
            }

            if (LostEvents > 0)
            {
                yield return $"incomplete: {LostEvents} events lost";
            }
        }
    }
}

namespace Pprof.Profiles;

/// <summary>A profile before its instruction pointers have names: samples and what they mean.</summary>
internal sealed class Profile
{
    private SampleTable? _samples;

    /// <summary>Nanoseconds since the Unix epoch.</summary>
    public static long NanosecondsNow => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <summary>What the samples measure.</summary>
    public required ProfileShape Shape { get; init; }

    /// <summary>The samples.</summary>
    public SampleTable Samples => _samples ??= new SampleTable(Shape.SampleTypes.Count);

    /// <summary>The number of units of the shape's period type between two samples.</summary>
    public long Period { get; set; } = 1;

    /// <summary>Nanoseconds since the Unix epoch at which collection began, or the snapshot was taken.</summary>
    public long TimeNanos { get; set; }

    /// <summary>Nanoseconds that were collected; 0 for a snapshot.</summary>
    public long DurationNanos { get; set; }

    /// <summary>One in so many events was sampled, and stands for that many. Text forms that say so divide by it.</summary>
    public int SampledFraction { get; set; } = 1;

    /// <summary>What is missing.</summary>
    public ProfileGaps Gaps { get; init; } = new();

    /// <summary>The threads that the samples count, one by one, where the profile is of threads.</summary>
    public List<ProfileThread> Threads { get; } = [];

    /// <summary>The asynchronous operations that the samples count, those of one stack together.</summary>
    public List<ProfileOperations> Operations { get; } = [];

    /// <summary>Who waits for whom; null where nobody has asked for it.</summary>
    public WaitGraph? Waits { get; set; }

    /// <summary>Where the samples come from. Shown by the tool; lines starting with # only on request.</summary>
    public List<string> Comments { get; } = [];
}

using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A CPU profile that takes no time: it notes what it was asked for.</summary>
internal sealed class FakeTimedCollector : TimedProfileCollector
{
    public static IReadOnlyList<SampleType> Types { get; } = [new("samples", "count"), new("cpu", "nanoseconds")];

    public TimeSpan? Duration { get; private set; }

    public int? Rate { get; private set; }

    /// <summary>What collecting does; by default it is done at once.</summary>
    public Func<CancellationToken, Task> Work { get; set; } = _ => Task.CompletedTask;

    public string? Reason { get; set; }

    internal override string? UnsupportedReason => Reason;

    internal override async Task<Profile> CollectAsync(TimeSpan duration, int rate, CancellationToken cancellation)
    {
        (Duration, Rate) = (duration, rate);
        await Work(cancellation);
        var profile = new Profile { SampleTypes = Types, PeriodType = Types[1], Period = 10_000_000 };
        profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, 1, 10_000_000);
        return profile;
    }
}

using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A CPU profile that takes no time: it notes what it was asked for.</summary>
internal sealed class FakeTimedCollector : TimedProfileCollector
{
    public TimeSpan? Duration { get; private set; }

    public int? Rate { get; private set; }

    /// <summary>What collecting does; by default it is done at once.</summary>
    public Func<CancellationToken, Task> Work { get; set; } = _ => Task.CompletedTask;

    public string? Reason { get; set; }

    internal override string? UnsupportedReason => Reason;

    internal override async Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation)
    {
        (Duration, Rate) = (duration, (int)arguments["hz"]);
        await Work(cancellation);
        profile.Period = 10_000_000;
        profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, 1, 10_000_000);
    }
}

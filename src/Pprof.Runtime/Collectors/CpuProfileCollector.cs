using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>The CPU profile.</summary>
internal sealed class CpuProfileCollector : TimedProfileCollector
{
    internal override Task<Profile> CollectAsync(TimeSpan duration, int rate, CancellationToken cancellation) =>
        Task.FromResult(new Profile { SampleTypes = [new("samples", "count"), new("cpu", "nanoseconds")] });
}

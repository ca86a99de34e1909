using System.Globalization;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Allocated objects by type and stack, and what of them is alive. The profiles <c>heap</c> and <c>allocs</c> are the same
/// but for the value that is shown first.
/// </summary>
internal sealed class HeapProfileCollector : SnapshotProfileCollector
{
    // What has been sampled is served whatever has become of the source.
    internal override string? UnsupportedReason => Sampled.Count > 0 ? null : Source.UnsupportedReason;

    internal override int Count => Sampled.Count;

    private static AllocationSource Source => ProcessAllocations.Source;

    private static SampledAllocations Sampled => ProcessAllocations.Sampled;

    internal override void ApplicationStarted() => Source.Start();

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation) =>
        WatchedWindow.OpenAsync(FillAsync, Source.OpenAsync, static () => Source.Failure, Source.CloseAsync, cancellation);

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        bool complete = await Source.FlushAsync().OrCanceledAsync(cancellation);
        if (Source.Failure is { } failure)
        {
            if (Sampled.Count == 0)
            {
                throw new ProfileUnavailableException(failure);
            }

            profile.Gaps.Failure = failure;
        }

        AllocationCoverage coverage = Source.Coverage;
        profile.TimeNanos = Profile.NanosecondsNow;
        profile.Period = coverage.Rate;
        Sampled.CopyTo(profile.Samples);
        profile.Comments.Add($"source: the runtime's samples of allocations, one for each {coverage.Rate} bytes");
        if (coverage.Since is { } since)
        {
            profile.Comments.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"objects that were allocated since {since:yyyy-MM-ddTHH:mm:ssZ}; in use are those that a garbage collection has found alive, and none since has found dead"));
        }

        profile.Gaps.SamplesWindowsOnly = coverage.IsOnDemand;
        profile.Gaps.ThinnedPeriod = coverage.ThinnedRate;
        profile.Gaps.MergedStacks = Sampled.Merged;
        profile.Gaps.LostSamples = coverage.LostSamples;
        profile.Gaps.LacksLastEvents = !complete;
    }
}

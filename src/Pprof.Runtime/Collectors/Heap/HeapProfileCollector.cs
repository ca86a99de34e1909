using System.Globalization;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Allocated objects by type and stack, and what of them is alive. The profiles <c>heap</c> and <c>allocs</c> are the same
/// but for the value that is shown first.
/// </summary>
/// <param name="source">Who sees the allocations.</param>
/// <param name="sampled">Where it puts them.</param>
internal sealed class HeapProfileCollector(AllocationSource source, params SampledAllocations[] sampled) : SnapshotProfileCollector
{
    public HeapProfileCollector()
        : this(ProcessAllocations.Source, ProcessAllocations.Sampled)
    {
    }

    // What has been sampled is served whatever has become of the source.
    internal override string? UnsupportedReason => Count > 0 ? null : source.UnsupportedReason;

    internal override int Count => sampled.Sum(static table => table.Count);

    internal override void ApplicationStarted() => source.Start();

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation)
    {
        var window = new AllocationWindow();
        return WatchedWindow.OpenAsync(FillInWindowAsync, () => source.OpenAsync(window), () => source.Failure, () => source.CloseAsync(window), cancellation);
    }

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        bool complete = await source.FlushAsync().OrCanceledAsync(cancellation);
        if (source.Failure is { } failure)
        {
            if (Count == 0)
            {
                throw new ProfileUnavailableException(failure);
            }

            profile.Gaps.Failure = failure;
        }

        AllocationCoverage coverage = source.Coverage;
        profile.TimeNanos = Profile.NanosecondsNow;
        profile.Period = coverage.Rate;
        Array.ForEach(sampled, table => table.CopyTo(profile.Samples));
        profile.Comments.Add(SourceText(coverage));
        if (coverage.Since is { } since)
        {
            string inUse = coverage.LiveUnknown is null ? "; in use are those that a garbage collection has found alive, and none since has found dead" : "";
            profile.Comments.Add(string.Create(CultureInfo.InvariantCulture, $"objects that were allocated since {since:yyyy-MM-ddTHH:mm:ssZ}{inUse}"));
        }

        profile.Gaps.LiveUnknown = coverage.LiveUnknown;
        profile.Gaps.SamplesWindowsOnly = coverage.IsOnDemand;
        profile.Gaps.ThinnedPeriod = coverage.ThinnedRate;
        profile.Gaps.SampledShare = coverage.SampledShare;
        profile.Gaps.MergedStacks = sampled.Sum(static table => table.Merged);
        profile.Gaps.LostSamples = coverage.LostSamples;
        profile.Gaps.LostEvents = coverage.LostEvents;
        profile.Gaps.LossesSince = coverage.Since;
        profile.Gaps.LacksLastEvents = !complete;
    }

    private async Task FillInWindowAsync(Profile profile, CancellationToken cancellation)
    {
        await FillAsync(profile, cancellation);
        profile.Gaps.SamplesWithoutLabels = source.Coverage.SamplesWithoutLabels;
    }

    private static string SourceText(AllocationCoverage coverage) => coverage.Source switch
    {
        AllocationEvidence.Samples => $"source: the runtime's samples of allocations, one for each {coverage.Rate} bytes",
        AllocationEvidence.SampledEvents => $"source: the runtime's events of sampled allocations, one for each {coverage.Rate} bytes",
        _ => "source: the runtime's allocation ticks, one for each 100 KB, which all go to the object that was allocated last",
    };
}

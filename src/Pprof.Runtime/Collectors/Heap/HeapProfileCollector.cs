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
    // Null for those of the process, which are not made before they are needed: a service starts without them.
    private readonly AllocationSource? _source;
    private readonly SampledAllocations[]? _sampled;

    /// <summary>That of the process.</summary>
    public HeapProfileCollector()
    {
    }

    /// <param name="source">Who sees the allocations.</param>
    /// <param name="sampled">Where it puts them.</param>
    public HeapProfileCollector(AllocationSource source, params SampledAllocations[] sampled)
    {
        _source = source;
        _sampled = sampled;
    }

    /// <summary>Whether a difference over time has what is alive even where that is not known at no cost.</summary>
    public bool FollowsObjects { get; init; }

    private AllocationSource Source => _source ?? ProcessAllocations.Source;

    private SampledAllocations[] Sampled => _sampled ?? ProcessAllocations.Sampled;

    // What has been sampled is served whatever has become of the source.
    internal override string? UnsupportedReason => Count > 0 ? null : Source.UnsupportedReason;

    internal override int Count => Sampled.Sum(static table => table.Count);

    // Objects and bytes that were allocated.
    internal override int CumulativeValues => 2;

    internal override void ApplicationStarted() => Source.Start();

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation)
    {
        var window = new AllocationWindow { FollowsObjects = FollowsObjects };
        bool hasBegun = false;
        return WatchedWindow.OpenAsync(
            async (profile, cancelled) =>
            {
                await FillAsync(profile, inWindow: true, isFirst: !hasBegun, cancelled);
                hasBegun = true;
            },
            () =>
            {
                Array.ForEach(Sampled, static table => table.OpenWindow());
                return Source.OpenAsync(window);
            },
            () => Source.Failure,
            () =>
            {
                Array.ForEach(Sampled, static table => table.CloseWindow());
                return Source.CloseAsync(window);
            },
            cancellation);
    }

    // A sample that is read after a collection is taken for one that came after it.
    internal override Task PrepareForCollectionAsync(CancellationToken cancellation) => Source.FlushAsync().OrCanceledAsync(cancellation);

    internal override Task FillAsync(Profile profile, CancellationToken cancellation) => FillAsync(profile, inWindow: false, isFirst: false, cancellation);

    private async Task FillAsync(Profile profile, bool inWindow, bool isFirst, CancellationToken cancellation)
    {
        bool complete = await Source.FlushAsync().OrCanceledAsync(cancellation);
        if (Source.Failure is { } failure)
        {
            if (Count == 0)
            {
                throw new ProfileUnavailableException(failure);
            }

            profile.Gaps.Failure = failure;
        }

        AllocationCoverage coverage = Source.Coverage;
        profile.TimeNanos = Profile.NanosecondsNow;
        profile.Period = coverage.Rate;
        Array.ForEach(Sampled, table => table.CopyTo(profile.Samples, inWindow));
        profile.Comments.Add(SourceText(coverage));
        bool isFollowed = inWindow && FollowsObjects && coverage.FollowsObjects;
        if (coverage.FollowsObjects && (isFirst || !isFollowed))
        {
            // Another window may have objects followed. Of what was in use before this one nothing is known, so that nothing of it
            // is taken away from what is in use later.
            ClearLive(profile.Samples);
        }

        if (coverage.Since is { } since && (!inWindow || isFollowed))
        {
            profile.Comments.Add(string.Create(CultureInfo.InvariantCulture, $"objects that were allocated since {since:yyyy-MM-ddTHH:mm:ssZ}"));
        }

        bool isLiveKnown = isFollowed || (coverage.LiveUnknown is null && coverage.Since is not null);
        if (isLiveKnown)
        {
            profile.Comments.Add("in use are objects that a garbage collection has found alive, and none since has found dead");
        }

        // Where nothing is sampled, nothing else than the rate would help.
        bool isSampled = coverage.Rate > 0;
        profile.Gaps.LiveUnknown = isSampled ? coverage.LiveUnknown : null;
        profile.Gaps.FollowsObjects = isFollowed;
        profile.Gaps.AwaitsCollection = coverage.AwaitsCollection;
        profile.Gaps.Collections = isLiveKnown && isSampled ? GC.CollectionCount(0) : null;
        profile.Gaps.IsRateZero = !isSampled;
        profile.Gaps.SamplingBegins = coverage.Begins;
        profile.Gaps.HadPauses = coverage.HadPauses;
        profile.Gaps.SamplesWindowsOnly = isSampled && coverage.IsOnDemand;
        profile.Gaps.ThinnedPeriod = coverage.ThinnedRate;
        profile.Gaps.SampledShare = coverage.SampledShare;
        profile.Gaps.MergedSamples = Sampled.Sum(table => table.MergedSamples(inWindow));
        profile.Gaps.SharedNames = coverage.SharedNames;
        profile.Gaps.LostSamples = coverage.LostSamples;
        profile.Gaps.LostEvents = coverage.LostEvents;
        profile.Gaps.LossesSince = coverage.Since;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.SamplesWithoutLabels = inWindow ? coverage.SamplesWithoutLabels : 0;
    }

    private void ClearLive(SampleTable samples)
    {
        for (int i = 0; i < samples.Count; i++)
        {
            samples.Values(i)[CumulativeValues..].Clear();
        }
    }

    private static string SourceText(AllocationCoverage coverage) => coverage.Source switch
    {
        _ when coverage.Rate == 0 => "source: none",
        AllocationEvidence.Samples => $"source: the runtime's samples of allocations, one for each {coverage.Rate} bytes",
        AllocationEvidence.SampledEvents => $"source: the runtime's events of sampled allocations, one for each {coverage.Rate} bytes",
        _ => "source: the runtime's allocation ticks, one for each 100 KB, which all go to the object that was allocated last",
    };
}

namespace Pprof.Profiles;

/// <summary>What is missing from a profile. The encoding puts it into words.</summary>
internal sealed class ProfileGaps
{
    /// <summary>Events that the source had no room for since the start of the process, or in the time of a difference.</summary>
    public long LostEvents { get; set; }

    /// <summary>
    /// Since when losses have been counted, where they are counted anew at times: another time than before means from 0 again.
    /// </summary>
    public DateTime? LossesSince { get; set; }

    /// <summary>Whether events of the last moments, which the source had not handed over in time, are missing.</summary>
    public bool LacksLastEvents { get; set; }

    /// <summary>Why the source sees nothing any more, or nothing yet; null where it does.</summary>
    public string? Failure { get; set; }

    /// <summary>Samples that found no free place in the buffer.</summary>
    public long LostSamples { get; set; }

    /// <summary>Samples that had labels which nobody remembers.</summary>
    public long SamplesWithoutLabels { get; set; }

    /// <summary>Threads that got no timer of their own.</summary>
    public long ThreadsWithoutTimer { get; set; }

    /// <summary>Whether the timer of the process stood in for those.</summary>
    public bool UntimedThreadsAreSampled { get; set; }

    /// <summary>Threads that no sample shows, because they block the signals of their timers.</summary>
    public long ThreadsThatBlockSignals { get; set; }

    /// <summary>Threads whose waits nobody looked for, because each needs an open file.</summary>
    public long ThreadsNotWatched { get; set; }

    /// <summary>
    /// Why CPU time was not seen by timers of the threads, but by the runtime's own sampling, which is less exact; null where it was.
    /// </summary>
    public string? MissingTimers { get; set; }

    /// <summary>
    /// Why threads were not seen where they rest, but where the runtime stopped them to look, which shows less; null where no
    /// thread was stopped.
    /// </summary>
    public string? MissingRests { get; set; }

    /// <summary>The waits for which one that was recorded stands at most; 0 or 1 where all were recorded.</summary>
    public int RecordedOneWaitIn { get; set; }

    /// <summary>Whether the runtime does not tell who created a thread.</summary>
    public bool LacksCreators { get; set; }

    /// <summary>Whether who created a thread is known only of those that came while a difference over time was collected.</summary>
    public bool KnowsCreatorsOfWindowsOnly { get; set; }

    /// <summary>Why nobody knows of all objects which are in use; null where that is known.</summary>
    public string? LiveUnknown { get; set; }

    /// <summary>Whether it is known all the same of those that were allocated while this difference was collected.</summary>
    public bool FollowsObjects { get; set; }

    /// <summary>Whether no object is known to be in use, because no garbage collection has come since allocations are sampled.</summary>
    public bool AwaitsCollection { get; set; }

    /// <summary>The garbage collections that the process has had; null where they do not matter.</summary>
    public int? Collections { get; set; }

    /// <summary>Whether what became more or less in use is not known, because no garbage collection came meanwhile.</summary>
    public bool HadNoCollection { get; private set; }

    /// <summary>How often the sampling had begun by then.</summary>
    public int SamplingBegins { get; set; }

    /// <summary>Whether there were times in which nothing was sampled, because that was switched off.</summary>
    public bool HadPauses { get; set; }

    /// <summary>Whether nothing is sampled any more, by the rate.</summary>
    public bool IsRateZero { get; set; }

    /// <summary>The option that would have waits sampled all the time; null where they are, or were meanwhile.</summary>
    public string? RateOption { get; set; }

    /// <summary>Whether allocations are sampled only while a difference over time is collected.</summary>
    public bool SamplesWindowsOnly { get; set; }

    /// <summary>The period, in units of the period type, to which samples were thinned at times; 0 where they were not.</summary>
    public long ThinnedPeriod { get; set; }

    /// <summary>The smallest part of the time in which there were samples at all, which stand for the rest of it too; 1 for all of it.</summary>
    public double SampledShare { get; set; } = 1;

    /// <summary>Samples of which only the outermost frames were kept.</summary>
    public long MergedSamples { get; set; }

    /// <summary>Names that stand for several methods each, which were made at run time and differ in numbers alone.</summary>
    public int SharedNames { get; set; }

    /// <summary>Ways from the roots of the heap of which only both ends were kept.</summary>
    public long MergedPaths { get; set; }

    /// <summary>Objects that were being made when the heap was looked at.</summary>
    public long UnreadableObjects { get; set; }

    /// <summary>Objects of which only root and type are known, or the root alone, because there were too many ways.</summary>
    public long FoldedObjects { get; set; }

    /// <summary>Objects that are left out because there were too many types; what only they hold is left out too.</summary>
    public long LostObjects { get; set; }

    /// <summary>References to what is left out.</summary>
    public long LostReferences { get; set; }

    /// <summary>Objects of types of which the runtime tells no name.</summary>
    public long UnnamedObjects { get; set; }

    /// <summary>Their bytes.</summary>
    public long UnnamedBytes { get; set; }

    /// <summary>The smallest samples, which were added up without their labels, because the profile was too large.</summary>
    public long ReducedSamples { get; private set; }

    /// <summary>The outermost frames of their stacks that those kept at the most.</summary>
    public int ReducedToFrames { get; private set; }

    /// <summary>The same, and so many samples were added up.</summary>
    public ProfileGaps WithReduction(long samples, int frames)
    {
        var reduced = (ProfileGaps)MemberwiseClone();
        reduced.ReducedSamples = samples;
        reduced.ReducedToFrames = frames;
        return reduced;
    }

    /// <summary>Why asynchronous operations are not among what is in flight; null where they are, or nobody asked for them.</summary>
    public string? MissingOperations { get; set; }

    /// <summary>What is missing from the difference of two snapshots.</summary>
    public static ProfileGaps Between(ProfileGaps before, ProfileGaps after) => new()
    {
        LostEvents = after.LostEvents - before.LostEvents,
        LacksLastEvents = before.LacksLastEvents || after.LacksLastEvents,
        Failure = after.Failure ?? before.Failure,
        LostSamples = after.LostSamples - before.LostSamples,
        SamplesWithoutLabels = after.SamplesWithoutLabels - before.SamplesWithoutLabels,
        ThreadsWithoutTimer = Math.Max(before.ThreadsWithoutTimer, after.ThreadsWithoutTimer),
        UntimedThreadsAreSampled = after.UntimedThreadsAreSampled,
        ThreadsThatBlockSignals = Math.Max(before.ThreadsThatBlockSignals, after.ThreadsThatBlockSignals),
        ThreadsNotWatched = Math.Max(before.ThreadsNotWatched, after.ThreadsNotWatched),
        MissingTimers = after.MissingTimers ?? before.MissingTimers,
        MissingRests = after.MissingRests ?? before.MissingRests,
        RecordedOneWaitIn = Math.Max(before.RecordedOneWaitIn, after.RecordedOneWaitIn),
        LacksCreators = before.LacksCreators || after.LacksCreators,
        KnowsCreatorsOfWindowsOnly = before.KnowsCreatorsOfWindowsOnly || after.KnowsCreatorsOfWindowsOnly,
        LiveUnknown = after.LiveUnknown ?? before.LiveUnknown,
        FollowsObjects = after.FollowsObjects,
        AwaitsCollection = after.AwaitsCollection,
        HadNoCollection = !after.AwaitsCollection && after.Collections is { } collections && collections == before.Collections,
        HadPauses = before.SamplingBegins != after.SamplingBegins,
        IsRateZero = after.IsRateZero,
        RateOption = after.RateOption,
        SamplesWindowsOnly = before.SamplesWindowsOnly || after.SamplesWindowsOnly,
        ThinnedPeriod = Math.Max(before.ThinnedPeriod, after.ThinnedPeriod),
        SampledShare = Math.Min(before.SampledShare, after.SampledShare),
        MergedSamples = Math.Max(0, after.MergedSamples - before.MergedSamples),
        SharedNames = Math.Max(before.SharedNames, after.SharedNames),
        MergedPaths = Math.Max(before.MergedPaths, after.MergedPaths),
        MissingOperations = after.MissingOperations ?? before.MissingOperations,
        UnreadableObjects = Math.Max(before.UnreadableObjects, after.UnreadableObjects),
        FoldedObjects = Math.Max(before.FoldedObjects, after.FoldedObjects),
        LostObjects = Math.Max(before.LostObjects, after.LostObjects),
        LostReferences = Math.Max(before.LostReferences, after.LostReferences),
        UnnamedObjects = Math.Max(before.UnnamedObjects, after.UnnamedObjects),
        UnnamedBytes = Math.Max(before.UnnamedBytes, after.UnnamedBytes),
    };
}

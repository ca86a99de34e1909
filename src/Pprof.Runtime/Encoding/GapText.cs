using System.Globalization;
using Pprof.Profiles;

namespace Pprof.Encoding;

/// <summary>Puts into words what is missing from a profile.</summary>
internal static class GapText
{
    /// <summary>What the reader of the figures has to know: nothing, where the profile is complete.</summary>
    public static IEnumerable<string> Incomplete(ProfileGaps gaps)
    {
        if (gaps.Failure is { } failure)
        {
            yield return "incomplete: " + failure;
        }

        if (gaps.MissingOperations is { } missing)
        {
            yield return "threads alone, without asynchronous operations: " + missing;
        }

        if (gaps.IsRateZero)
        {
            yield return "allocations are not sampled while MemoryProfileRate is 0";
        }

        if (gaps.HadPauses)
        {
            yield return "incomplete: the sampling of allocations was switched off for some of the time";
        }

        if (gaps.AwaitsCollection)
        {
            yield return "no object is known to be in use yet, because no garbage collection has come since allocations are sampled; heap?gc=1 has one first";
        }

        if (gaps.HadNoCollection)
        {
            yield return "what has come into use or gone out of it is not known, because no garbage collection came meanwhile; heap?gc=1&seconds= has one at both ends";
        }

        if (gaps.LacksLastEvents)
        {
            yield return "incomplete: the runtime's events of the last moments had not come";
        }

        if (gaps.LostEvents > 0)
        {
            yield return $"incomplete: {gaps.LostEvents} events lost";
        }
    }

    /// <summary>Why there is nothing unless somebody asks for some seconds; nothing, where that is not so.</summary>
    public static IEnumerable<string> InWindowsOnly(ProfileGaps gaps)
    {
        if (gaps.RateOption is { } option)
        {
            yield return $"waits are sampled only while seconds= is answered: {option} is 0";
        }

        if (gaps.LiveUnknown is { } reason)
        {
            yield return gaps.FollowsObjects
                ? "allocations are sampled only while seconds= is answered, and followed from one collection to the next: what is in use of what was allocated meanwhile"
                : "allocations are sampled only while seconds= is answered, and which objects are in use is not known: inuse_objects and inuse_space are 0; heap?seconds= tells it of what is allocated meanwhile";
            yield return "to sample all the time and know what is in use: " + reason;
        }
        else if (gaps.SamplesWindowsOnly)
        {
            yield return "allocations are sampled only while seconds= is answered; MemoryProfile = Sampled samples them from the start";
        }
    }

    /// <summary>The comments of a profile: where it comes from, how it was sampled, what is missing.</summary>
    public static IEnumerable<string> Comments(Profile profile)
    {
        ProfileGaps gaps = profile.Gaps;
        foreach (string comment in profile.Comments)
        {
            yield return comment;
        }

        if (gaps.RecordedOneWaitIn > 1)
        {
            yield return $"there were more waits than can all be recorded: at times a short one stands for up to {gaps.RecordedOneWaitIn}";
        }

        if (gaps.LacksCreators)
        {
            yield return "this program was linked without the thread hook of this package: who created a thread is not known, and threads that lived between two looks at the profile are missing";
        }

        if (gaps.KnowsCreatorsOfWindowsOnly)
        {
            yield return "threads are watched only while seconds= is answered: others have no creator, and those that lived between two looks at the profile are missing; ThreadCreation = true watches them from the start";
        }

        foreach (string reason in InWindowsOnly(gaps))
        {
            yield return reason;
        }

        if (gaps.ThinnedPeriod > 0)
        {
            string asked = profile.Period > 0 ? $"a sample for each {profile.Period} bytes shows" : "the samples that were asked for show";
            yield return $"there were more allocations than {asked} at little cost: at times one stands for {gaps.ThinnedPeriod} bytes";
        }

        if (gaps.SampledShare < 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"there were so many allocations that they were sampled in slices of the time, which stand for all of it: {gaps.SampledShare * 100:0.#} % of it at least");
        }

        if (gaps.MergedSamples > 0)
        {
            yield return $"samples of which only the outermost frames are kept, because there are too many different stacks: {gaps.MergedSamples}; those that were there stay as they are, so that profiles can be subtracted";
        }

        if (gaps.SharedNames > 0)
        {
            yield return $"names that stand for several methods each, because too many that were made at run time differ in numbers alone, in whose place there is a #: {gaps.SharedNames}";
        }

        if (gaps.MergedPaths > 0)
        {
            yield return $"ways from the roots of which only both ends are kept, because there are too many: {gaps.MergedPaths}, those with the fewest bytes";
        }

        if (gaps.UnreadableObjects > 0)
        {
            yield return $"places where an object was just being made, which are left out: {gaps.UnreadableObjects}";
        }

        if (gaps.FoldedObjects > 0)
        {
            yield return $"objects that were counted by root and type alone, because there are more ways from the roots than a snapshot has room for: {gaps.FoldedObjects}";
        }

        if (gaps.LostObjects > 0)
        {
            yield return $"objects that are left out with what only they hold, because there are more types than a snapshot has room for: {gaps.LostObjects}";
        }

        if (gaps.LostReferences > 0)
        {
            yield return $"references that led to nothing that is counted: {gaps.LostReferences}";
        }

        if (gaps.UnnamedObjects > 0)
        {
            yield return $"objects whose types have no name, because the runtime told another session of events of them, or they are gone: {gaps.UnnamedObjects} ({gaps.UnnamedBytes} bytes), as [unknown type]; ask again when no other session is open";
        }

        if (gaps.ReducedSamples > 0)
        {
            yield return Reduction(gaps.ReducedSamples, gaps.ReducedToFrames) + "; all together are more than MaxProfileSamples and MaxProfileBytes allow";
        }

        if (gaps.LostSamples > 0)
        {
            yield return $"lost samples: {gaps.LostSamples}, because the buffer was full";
        }

        if (gaps.SamplesWithoutLabels > 0)
        {
            yield return $"samples whose labels were gone: {gaps.SamplesWithoutLabels}";
        }

        if (gaps.MissingTimers is { } timers)
        {
            yield return "threads were stopped to be sampled, which shows managed frames alone, and those at the next point where a thread can be stopped; what only native threads used is [unsampled CPU time]";
            yield return "why not by timers: " + timers;
        }

        if (gaps.MissingRests is { } rests)
        {
            yield return "threads were stopped to be looked at, which shows the innermost managed frames alone, and those at the next point where a thread can be stopped";
            yield return "why not where they rest: " + rests;
        }

        if (gaps.ThreadsWithoutTimer > 0)
        {
            string substitute = gaps.UntimedThreadsAreSampled ? "the process's timer sampled them, less exactly" : "no sample shows their CPU time";
            yield return $"threads without a timer of their own: {gaps.ThreadsWithoutTimer}, because signals are left for the runtime; {substitute}; raise the limit of pending signals (ulimit -i)";
        }

        if (gaps.ThreadsThatBlockSignals > 0)
        {
            yield return $"threads that block the profiler's signal, whose CPU time no sample shows: {gaps.ThreadsThatBlockSignals}; neither what starts the service nor a library in it may block SIGPROF or, with the JIT, the first real-time signal";
        }

        if (gaps.ThreadsNotWatched > 0)
        {
            yield return $"threads whose waits are not here: {gaps.ThreadsNotWatched}, because each needs an open file, and only a share is taken of those that the process may open; raise that limit (ulimit -n)";
        }

        foreach (string incomplete in Incomplete(gaps))
        {
            yield return incomplete;
        }
    }

    /// <summary>What the smallest samples have lost.</summary>
    private static string Reduction(long samples, int frames)
    {
        string smallest = samples == 1 ? "the smallest sample has" : $"the {samples} smallest samples have";
        return frames switch
        {
            int.MaxValue => $"{smallest} no labels any more",
            0 => $"{smallest} neither labels nor stacks any more: [rare stacks] stands for them",
            1 => $"{smallest} no labels any more, and of long stacks the outermost frame alone: [rare stacks] stands for the others",
            _ => $"{smallest} no labels any more, and of long stacks the {frames} outermost frames alone: [rare stacks] stands for the others",
        };
    }
}

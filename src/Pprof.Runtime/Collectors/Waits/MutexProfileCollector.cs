using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>
/// Waits for contended locks. The stack is that of the thread that waited: it is exact, and it names the lock statement.
/// Who held the lock is a label: the method in which that thread took the lock, known where it had to wait itself, as is
/// the rule with a lock that is worth looking at. <c>-tagroot=holder</c> shows the culprits as Go does.
/// </summary>
internal sealed class MutexProfileCollector : WaitProfileCollector
{
    protected override SampledWaits Waits => ProcessWaits.Mutex;

    protected override string RateOption => "MutexProfileFraction";

    protected override LabelSet? Describe(WaitClassifier classifier, ReadOnlySpan<nuint> frames, LabelSet recorded)
    {
        if (classifier.Classify(frames) is null)
        {
            return null;
        }

        // One with a text is of the application.
        return recorded.Find(HolderLabels.Key) is not { Text: null } holder ? recorded
            : classifier.NameOf((nuint)holder.Number) is { Length: > 0 } name ? recorded.With(new Label(HolderLabels.Key, name))
            : recorded.Without(HolderLabels.Key);
    }
}

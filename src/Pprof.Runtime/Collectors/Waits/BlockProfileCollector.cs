using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Waits of all kinds, contended locks included, by the stack of the thread that waited.</summary>
internal sealed class BlockProfileCollector : WaitProfileCollector
{
    protected override SampledWaits Waits => ProcessWaits.Block;

    protected override string RateOption => "BlockProfileRate";

    protected override LabelSet? Describe(WaitClassifier classifier, ReadOnlySpan<nuint> frames, LabelSet recorded) =>
        classifier.Classify(frames) is not { } kind ? null
        : recorded.Find(WaitKind.Lock.Labels[0].Key) == WaitKind.Lock.Labels[0] ? recorded
        : recorded.With(kind);
}

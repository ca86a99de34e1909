using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>Waits of all kinds, contended locks included, by the stack of the thread that waited.</summary>
internal sealed class BlockProfileCollector : WaitProfileCollector
{
    protected override WaitProfile Waits => Source.Block;

    protected override LabelSet? Describe(WaitStacks stacks, ReadOnlySpan<nuint> stack, LabelSet recorded) =>
        stacks.Classify(stack) is not { } kind ? null : recorded.Labels.Count > 0 ? recorded : kind;
}

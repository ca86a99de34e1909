using Pprof.Profiles;
using Pprof.Sources.Operations;

namespace Pprof.Collectors.Goroutine;

/// <summary>
/// Adds asynchronous operations to a profile of threads: their number by stack, labels and what they await. A label of their own
/// tells them from threads: <c>-tagfocus=code=async</c>, <c>-tagignore=code=async</c>.
/// </summary>
internal sealed class SeenOperations(Profile profile) : IAsyncOperationSink
{
    // Distinct stacks that are kept apart.
    private const int MaxStacks = 100_000;

    private static readonly Label s_async = new("code", "async");
    private static readonly LabelSet s_asyncAlone = new([s_async]);

    private readonly Dictionary<string, LabelSet> _labels = [];
    private readonly JoinedLabels _joined = new();
    private readonly HashSet<int> _samples = [];

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<nuint> frames, string awaits, LabelSet labels)
    {
        bool isFull = _samples.Count >= MaxStacks;
        int sample = isFull
            ? profile.Samples.Add([(nuint)PseudoFrame.MergedStacks], s_asyncAlone, 1)
            : profile.Samples.Add(frames, _joined.Of(labels, LabelsOf(awaits)), 1);
        if (_samples.Add(sample))
        {
            profile.Operations.Add(new ProfileOperations(isFull ? "several" : awaits, sample));
        }
    }

    private LabelSet LabelsOf(string awaits)
    {
        if (!_labels.TryGetValue(awaits, out LabelSet? labels))
        {
            labels = new LabelSet([new Label("awaits", awaits), s_async]);
            _labels.Add(awaits, labels);
        }

        return labels;
    }
}

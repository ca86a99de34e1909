using System.Numerics;
using Pprof.Profiles;
using Pprof.Sources.Allocations;

namespace Pprof.Collectors.Heap;

/// <summary>
/// Sampled allocations by type, stack and size: what was allocated, and what of it is alive. What is in it stays in it, and
/// what was allocated becomes only more: engines subtract one look from the next. What a window sees is in a table of its own,
/// with the labels of threads: they are of any number, and the table of the process's life, which has routes alone, must not be
/// filled up by them.
/// Safe for concurrent use.
/// </summary>
/// <param name="maxSamples">The number of distinct samples that are kept apart.</param>
/// <param name="maxFrames">The number of frames that their stacks may have together.</param>
internal sealed class SampledAllocations(int maxSamples = 8 * 1024, int maxFrames = 256 * 1024) : IAllocationSink
{
    // Values of a sample: objects and bytes that were allocated, and those that are alive.
    private const int Values = 4;

    // One sample stands for a broken number of objects: they are kept in 256ths.
    private const int ObjectBits = 8;
    private const int ObjectUnit = 1 << ObjectBits;

    private const int ExactSizes = 256;
    private const string SizeLabel = "bytes";

    private readonly Lock _gate = new();
    private readonly Dictionary<long, LabelSet> _labels = [];
    private readonly JoinedLabels _joined = new();
    private LastingSamples _samples = new(Values, maxSamples, maxFrames);
    private LastingSamples? _window;
    private int _openWindows;

    // Which table of windows this is. Those who came in an earlier one have no place in it.
    private int _windowNumber;

    /// <summary>The number of distinct samples.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _samples.Count;
            }
        }
    }

    /// <summary>The samples of which only the outermost frames were kept, because there were too many.</summary>
    public long MergedSamples(bool inWindow)
    {
        lock (_gate)
        {
            return (inWindow ? _window : _samples)?.Merged ?? 0;
        }
    }

    /// <inheritdoc/>
    public SinkSample Add(ReadOnlySpan<nuint> frames, long size, double objects, SampledLabels labels)
    {
        lock (_gate)
        {
            LabelSet sizeAlone = LabelsOf(size);
            LabelSet route = _joined.Of(labels.Route, sizeAlone);
            ReadOnlySpan<long> values = [Objects(objects), Bytes(size, objects), 0, 0];

            // Routes get half of the room.
            bool hasRoom = _samples.Count < maxSamples / 2 || _samples.Samples.IndexOf(frames, route) >= 0;
            int index = _samples.Add(frames, hasRoom ? route : sizeAlone, sizeAlone, values);
            if (_window is not { } window)
            {
                return new SinkSample(index);
            }

            LabelSet all = labels.All.Labels.Count > 0 ? _joined.Of(labels.All, sizeAlone) : route;
            return new SinkSample(index, _windowNumber, window.Add(frames, all, sizeAlone, values));
        }
    }

    /// <inheritdoc/>
    public void AddMore(SinkSample sample, long size, double objects)
    {
        lock (_gate)
        {
            // Whole numbers that are no less than what may be alive of it. What was allocated before a window began is nothing of it.
            ReadOnlySpan<long> values = [(long)Math.Ceiling(objects * ObjectUnit), (long)Math.Ceiling(size * objects), 0, 0];
            _samples.Add(sample.Index, values);
            if (_window is { } window && sample.Window == _windowNumber)
            {
                window.Add(sample.WindowIndex, values);
            }
        }
    }

    /// <inheritdoc/>
    public void AddLive(SinkSample sample, long size, double objects)
    {
        lock (_gate)
        {
            ReadOnlySpan<long> values = [0, 0, Objects(objects), Bytes(size, objects)];
            _samples.Add(sample.Index, values);
            if (_window is { } window)
            {
                if (sample.Window == _windowNumber)
                {
                    window.Add(sample.WindowIndex, values);
                }
                else
                {
                    SampleTable all = _samples.Samples;
                    LabelSet labels = all.Labels(sample.Index);
                    _ = window.Add(all.Stack(sample.Index), labels, labels, values);
                }
            }
        }
    }

    /// <summary>Keeps what comes apart until <see cref="CloseWindow"/>, with the labels of threads.</summary>
    public void OpenWindow()
    {
        lock (_gate)
        {
            if (_openWindows++ == 0)
            {
                _window = new LastingSamples(Values, maxSamples, maxFrames);
                _windowNumber++;
            }
        }
    }

    /// <summary>Ends what <see cref="OpenWindow"/> began.</summary>
    public void CloseWindow()
    {
        lock (_gate)
        {
            if (--_openWindows == 0)
            {
                _window = null;
                _joined.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public void Clear()
    {
        lock (_gate)
        {
            // Windows have begun with what is in theirs, and end with it.
            _samples = new LastingSamples(Values, maxSamples, maxFrames);
        }
    }

    /// <summary>
    /// Adds all samples: objects and bytes that were allocated, objects and bytes that are alive; for a window what has become
    /// more or less since there has been one.
    /// </summary>
    public void CopyTo(SampleTable samples, bool inWindow = false)
    {
        lock (_gate)
        {
            if ((inWindow ? _window : _samples) is { } table)
            {
                samples.Add(table.Samples, static values => (values[0], values[2]) = (Whole(values[0]), Whole(values[2])));
            }
        }
    }

    /// <summary>
    /// The size under which objects are counted together: up to 256 bytes their own, above that the next quarter of a power
    /// of 2, as Go's allocator rounds. It never changes, so that two snapshots can be compared.
    /// </summary>
    internal static long SizeClass(long size)
    {
        if (size <= ExactSizes)
        {
            return size;
        }

        int shift = BitOperations.Log2((ulong)(size - 1)) - 2;
        return (((size - 1) >> shift) + 1) << shift;
    }

    private static long Objects(double objects) => (long)Math.Round(objects * ObjectUnit);

    private static long Bytes(long size, double objects) => (long)Math.Round(size * objects);

    private static long Whole(long objects) => (objects + (ObjectUnit / 2)) >> ObjectBits;

    private LabelSet LabelsOf(long size)
    {
        long sizeClass = SizeClass(size);
        if (!_labels.TryGetValue(sizeClass, out LabelSet? labels))
        {
            labels = new LabelSet([new Label(SizeLabel, null, sizeClass, SizeLabel)]);
            _labels.Add(sizeClass, labels);
        }

        return labels;
    }
}

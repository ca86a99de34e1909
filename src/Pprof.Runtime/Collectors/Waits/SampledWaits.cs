using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Collectors.Waits;

/// <summary>
/// Sampled waits by stack: their number and their nanoseconds. While the rate is 0 nothing is kept, unless a window is
/// open, which sees every wait. What a window sees is in a table of its own, with all labels of threads: they are of any
/// number, and the table of the process's life must not be filled up by them. That has the routes of requests alone.
/// </summary>
internal abstract class SampledWaits : IWaitSink
{
    // Past so many stacks, those of new samples are not kept. Fewer than an engine takes: what is served within a budget is
    // another selection each time, and differences between two scrapes would be wrong.
    private const int MaxStacks = 14_000;

    // A wait that was sampled with a probability stands for a broken number of waits: they are kept in 256ths.
    private const int CountUnit = 256;

    // The runtime's own code can wait on a thread that runs nothing managed.
    private static readonly nuint[] s_unknown = [(nuint)PseudoFrame.UnknownStack];

    private readonly Lock _gate = new();
    private readonly JoinedLabels _labels = new();
    private readonly SampleTable _lifetime = new(2, MaxStacks);
    private SampleTable? _window;
    private int _windows;

    /// <summary>The rate as the application sets it; 0 for none.</summary>
    protected abstract long Rate { get; }

    /// <summary>One in so many waits is sampled and stands for that many; 0 while none are.</summary>
    public virtual int SampledFraction => 1;

    /// <inheritdoc/>
    public bool IsActive => IsSampled || WantsAll;

    /// <summary>Whether they are sampled all the time.</summary>
    public bool IsSampled => Rate > 0;

    /// <summary>Whether a window is open.</summary>
    public bool WantsAll => Volatile.Read(ref _windows) > 0;

    /// <summary>Whether anything was sampled, for windows or not.</summary>
    public bool HasSamples
    {
        get
        {
            lock (_gate)
            {
                return _lifetime.Count > 0 || _window is { Count: > 0 };
            }
        }
    }

    /// <inheritdoc/>
    public void Record(ReadOnlySpan<nuint> frames, LabelSet labels, SampledLabels threadLabels, long nanoseconds, int weight = 1, double countScale = 1)
    {
        long rate = Rate;
        double count = 1;
        if (rate > 0 && !Sample(rate, ref nanoseconds, ref count))
        {
            return;
        }

        lock (_gate)
        {
            long scaled = (long)(count * CountUnit * weight * countScale);
            ReadOnlySpan<nuint> stack = frames.IsEmpty ? s_unknown : frames;
            if (rate > 0)
            {
                // Labels get half of the room.
                LabelSet withRoute = _labels.Of(threadLabels.Route, labels);
                bool hasRoom = _lifetime.Count < MaxStacks / 2 || _lifetime.IndexOf(stack, withRoute) >= 0;
                _lifetime.Add(stack, hasRoom ? withRoute : labels, scaled, nanoseconds * weight);
            }

            _window?.Add(stack, _labels.Of(threadLabels.All, labels), scaled, nanoseconds * weight);
        }
    }

    /// <summary>Sees every wait until <see cref="CloseWindow"/>, also while the rate is 0.</summary>
    public void OpenWindow()
    {
        lock (_gate)
        {
            _windows++;
            _window ??= new SampleTable(2, MaxStacks);
        }
    }

    /// <summary>Ends what <see cref="OpenWindow"/> began.</summary>
    public void CloseWindow()
    {
        lock (_gate)
        {
            if (--_windows == 0)
            {
                _window = null;
                _labels.Clear();
            }
        }
    }

    /// <summary>
    /// Adds the samples so far, number of waits and nanoseconds; for a window those that have been taken while there was one.
    /// </summary>
    public void CopyTo(SampleTable samples, bool inWindow)
    {
        lock (_gate)
        {
            if ((inWindow ? _window : _lifetime) is { } table)
            {
                Copy(table, samples);
            }
        }
    }

    /// <summary>
    /// Whether a wait of so many nanoseconds is sampled, and if so for how many waits of how many nanoseconds it stands.
    /// </summary>
    protected abstract bool Sample(long rate, ref long nanoseconds, ref double count);

    private static void Copy(SampleTable from, SampleTable to) =>
        to.Add(from, static values => values[0] = Math.Max(1, values[0] / CountUnit));
}

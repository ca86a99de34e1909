using System.Runtime.InteropServices;
using Pprof.Collectors.Cpu;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.Wall;

/// <summary>
/// Makes a profile of time that passed: its periods and nanoseconds by stack, with what the thread did as the label
/// <c>state</c>. Two threads hand it what they see: one of what runs, one of what waits.
/// </summary>
internal sealed class WallSamples(Profile profile) : ICpuSink, IThreadTimeSink
{
    private const string StateKey = "state";

    private static readonly Label s_native = new("code", "native");

    private readonly Lock _gate = new();
    private readonly CpuSamples _running = new(profile);
    private readonly Dictionary<(LabelSet Labels, string State, bool IsManaged), LabelSet> _labels = [];

    // Of each sample, the nanoseconds of it that do not make a period yet.
    private readonly Dictionary<int, long> _rests = [];

    /// <inheritdoc cref="ICpuSink.IsFull"/>
    public bool IsFull
    {
        get
        {
            lock (_gate)
            {
                return _running.IsFull;
            }
        }
    }

    /// <inheritdoc/>
    public void Begin(long periodNanoseconds)
    {
        lock (_gate)
        {
            _running.Begin(periodNanoseconds);
        }
    }

    /// <inheritdoc/>
    public int Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods)
    {
        lock (_gate)
        {
            return _running.Add(frames, With(labels, ThreadActivity.Running, isManaged: true), periods);
        }
    }

    /// <inheritdoc/>
    public int AddWithoutStack(long periods) => Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, periods);

    /// <inheritdoc cref="ICpuSink.AddTo"/>
    void ICpuSink.AddTo(int sample, long periods)
    {
        lock (_gate)
        {
            _running.AddTo(sample, periods);
        }
    }

    /// <inheritdoc/>
    public ICpuSink NewEmpty() => new WallSamples(profile.Shape.NewProfile());

    /// <inheritdoc/>
    public int Add(in SeenThread thread, ReadOnlySpan<nuint> frames, long nanoseconds)
    {
        lock (_gate)
        {
            int sample = profile.Samples.Add(frames, With(thread.Labels, StateOf(thread.State), thread.IsManaged), 0, 0);
            AddTime(sample, nanoseconds);
            return sample;
        }
    }

    /// <inheritdoc cref="IThreadTimeSink.AddTo"/>
    void IThreadTimeSink.AddTo(int sample, long nanoseconds)
    {
        lock (_gate)
        {
            AddTime(sample, nanoseconds);
        }
    }

    /// <summary>Both have ended: adds how long it took, and what of the CPU time no sample shows.</summary>
    public void Complete(CpuCoverage coverage) => _running.Complete(coverage);

    /// <summary>The word for what a thread did, of a few that a reader can filter by.</summary>
    private static string StateOf(string activity) => activity switch
    {
        ThreadActivity.Idle or ThreadActivity.Runnable => activity,
        ThreadActivity.InputOutput => "io",
        "Thread.Sleep" => "sleep",
        "Monitor.Enter" or "Lock.Enter" => "lock",
        _ when activity.StartsWith("ReaderWriterLock", StringComparison.Ordinal) || activity.StartsWith("SpinLock", StringComparison.Ordinal) => "lock",
        _ => "wait",
    };

    /// <summary>Looks are irregular: how many periods a time is the time alone tells.</summary>
    private void AddTime(int sample, long nanoseconds)
    {
        ref long rest = ref CollectionsMarshal.GetValueRefOrAddDefault(_rests, sample, out _);
        (long periods, rest) = Math.DivRem(rest + nanoseconds, profile.Period);
        profile.Samples.Add(sample, periods, nanoseconds);
    }

    private LabelSet With(LabelSet labels, string state, bool isManaged)
    {
        // What has no stack any more would else still be a sample for each labels that there are.
        labels = _running.IsFull ? LabelSet.Empty : labels;
        if (!_labels.TryGetValue((labels, state, isManaged), out LabelSet? known))
        {
            known = labels.With(new Label(StateKey, state));
            known = isManaged ? known : known.With(s_native);
            _labels.Add((labels, state, isManaged), known);
        }

        return known;
    }
}

using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.CpuTime;

namespace Pprof.Sources.Trace;

/// <summary>Samples of CPU time, in the order of time. They are read later than they are taken, and those of a reading in any order.</summary>
internal sealed class SampleLog : TraceFeed, ICpuSink
{
    private const int MaxSamples = 10_000;

    private readonly Lock _gate = new();
    private readonly List<Sample> _added = [];
    private readonly List<Sample> _pending = [];
    private int _next;

    private readonly record struct Sample(long Timestamp, int Thread, nuint[] Frames);

    /// <inheritdoc/>
    public bool IsFull => false;

    /// <summary>How many found no room.</summary>
    public long Lost { get; private set; }

    /// <inheritdoc/>
    public void Begin(long periodNanoseconds)
    {
    }

    /// <inheritdoc/>
    public int Add(long time, int thread, ReadOnlySpan<nuint> frames, LabelSet labels, long periods)
    {
        if (time != 0 && thread != 0 && !OwnThreads.Contains(thread, time))
        {
            lock (_gate)
            {
                if (_added.Count < MaxSamples)
                {
                    _added.Add(new Sample(time, thread, frames.ToArray()));
                }
                else
                {
                    Lost++;
                }
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    public int Add(ReadOnlySpan<nuint> frames, LabelSet labels, long periods) => 0;

    /// <inheritdoc/>
    public int AddWithoutStack(long periods) => 0;

    /// <inheritdoc/>
    public void AddTo(int sample, long periods)
    {
        // What no signal has told has no moment.
    }

    /// <inheritdoc/>
    public ICpuSink NewEmpty() => new SampleLog();

    /// <summary>Collects what has been added, for those who read. Called by the thread that reads.</summary>
    public void Collect()
    {
        _pending.RemoveRange(0, _next);
        _next = 0;
        lock (_gate)
        {
            _pending.AddRange(_added);
            _added.Clear();
        }

        _pending.Sort(static (one, other) => one.Timestamp.CompareTo(other.Timestamp));
    }

    /// <inheritdoc/>
    public override bool TryPeek(long until, out long timestamp)
    {
        bool has = _next < _pending.Count;
        timestamp = has ? _pending[_next].Timestamp : 0;
        return has && timestamp <= until;
    }

    /// <inheritdoc/>
    public override TraceMoment Take(out ReadOnlySpan<nuint> frames)
    {
        Sample sample = _pending[_next++];
        frames = sample.Frames;
        return new TraceMoment { Kind = TraceMomentKind.Sample, Thread = sample.Thread, Timestamp = sample.Timestamp };
    }
}

using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.Stopped;

/// <summary>
/// Takes one whole round of the runtime's samples: in each it stops all threads and writes them down one after the other. A
/// thread that comes again begins the next. Filled by the reader's thread, read by any.
/// </summary>
internal sealed class SampledRounds : EventConsumer
{
    // Of the first round events may be missing from before the session had begun.
    private const int BrokenAtBegin = 1;

    // Where events were lost they may be of the end of one round and of the beginning of the next.
    private const int BrokenByLoss = 2;

    private readonly PassingFrames _passing = new();
    private volatile Dictionary<int, SampledThread>? _whole;
    private Dictionary<int, SampledThread> _round = [];
    private int _broken = BrokenAtBegin;

    /// <summary>The threads of a round, by the system's ids; null until there is one.</summary>
    public IReadOnlyDictionary<int, SampledThread>? Whole => _whole;

    /// <inheritdoc/>
    public override void OnEvent(in RuntimeEvent data)
    {
        if (_whole is not null)
        {
            return;
        }

        if (_round.ContainsKey(data.SystemId))
        {
            if (_broken == 0)
            {
                _whole = _round;
                return;
            }

            _broken--;
            _round = [];
        }

        ReadOnlySpan<nuint> named = _passing.Of(data.Frames);
        nuint[] frames = named.Length < RuntimeEvent.MaxFrames ? named.ToArray() : [.. named, (nuint)PseudoFrame.TruncatedStack];
        _round.Add(data.SystemId, new SampledThread(data.Timestamp, new ThreadSample(data).IsManaged, frames));
    }

    /// <inheritdoc/>
    public override void OnLost(long count) => _broken = BrokenByLoss;
}

using Pprof.Profiles;

namespace Pprof.Sources.Waits.Callback;

/// <summary>At most one <see cref="OpenContention"/> of each thread. What is taken out of it is valid until the next is set.</summary>
internal sealed class OpenContentions
{
    private const int Max = 1 << 12;

    private readonly Dictionary<int, OpenContention> _byThread = [];
    private readonly Stack<OpenContention> _spare = [];

    /// <summary>Notes that of the thread. Of too many the others are forgotten.</summary>
    public void Set(int thread, long began, long ended, ReadOnlySpan<nuint> frames, SampledLabels labels, int weight)
    {
        if (_byThread.Count >= Max)
        {
            _byThread.Clear();
        }

        if (!_byThread.TryGetValue(thread, out OpenContention? contention))
        {
            _byThread.Add(thread, contention = _spare.TryPop(out OpenContention? spare) ? spare : new OpenContention());
        }

        contention.Set(began, ended, frames, labels, weight);
    }

    /// <summary>Takes out that of a thread; null where it has none.</summary>
    public OpenContention? Take(int thread)
    {
        if (!_byThread.Remove(thread, out OpenContention? contention))
        {
            return null;
        }

        _spare.Push(contention);
        return contention;
    }

    /// <summary>Takes out one whose last part ended before this moment; null where there is none.</summary>
    public OpenContention? EndBefore(long limit)
    {
        foreach ((int thread, OpenContention contention) in _byThread)
        {
            if (contention.Ended < limit)
            {
                return Take(thread);
            }
        }

        return null;
    }
}

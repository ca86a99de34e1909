using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>The timers that are set, added up by what they call and by their periods.</summary>
/// <param name="snapshot">The heap.</param>
/// <param name="methods">Names what they call.</param>
internal sealed class TimerGroups(HeapCopy snapshot, MethodNames methods)
{
    private const uint Never = uint.MaxValue;

    private readonly Dictionary<(string Method, uint Period), (int Count, long Due)> _groups = [];

    /// <summary>Takes a timer, if it is set.</summary>
    /// <param name="timer">The class library's object.</param>
    /// <param name="start">In it, since when it counts, in milliseconds.</param>
    /// <param name="due">In it, after how many milliseconds it is due.</param>
    /// <param name="period">In it, the milliseconds from one call to the next.</param>
    public void Add(ulong timer, int start, int due, int period)
    {
        uint after = snapshot.Memory.Read<uint>(timer + (ulong)due);
        if (after != Never)
        {
            (string, uint) key = (methods.OfWorkItem(timer), snapshot.Memory.Read<uint>(timer + (ulong)period));
            (int count, long first) = _groups.GetValueOrDefault(key, (0, long.MaxValue));
            _groups[key] = (count + 1, Math.Min(first, snapshot.Memory.Read<long>(timer + (ulong)start) + after));
        }
    }

    /// <summary>Hands them over.</summary>
    public void AddTo(WaitGraph graph)
    {
        long now = Environment.TickCount64;
        foreach (((string method, uint period), (int count, long due)) in _groups)
        {
            graph.Timers.Add(new SetTimers(
                method, count, TimeSpan.FromMilliseconds(due - now), period is 0 or Never ? null : TimeSpan.FromMilliseconds(period)));
        }
    }
}

using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Waiting;

/// <summary>The timers that are set, by what they call.</summary>
/// <param name="snapshot">The heap.</param>
/// <param name="known">The queues of timers.</param>
/// <param name="methods">Names what they call.</param>
internal sealed class TimerQueues(HeapSnapshot snapshot, KnownObjects known, MethodNames methods)
{
    private const int MaxTimers = 1 << 18;
    private const uint Never = uint.MaxValue;

    private static readonly Type? s_timer = ClassLibrary.TypeOfField(KnownObjects.TimersType, "_shortTimers");
    private static readonly int s_short = ClassLibrary.Place(KnownObjects.TimersType, "_shortTimers");
    private static readonly int s_long = ClassLibrary.Place(KnownObjects.TimersType, "_longTimers");
    private static readonly int s_next = ClassLibrary.Place(s_timer, "_next");
    private static readonly int s_start = ClassLibrary.Place(s_timer, "_startTicks");
    private static readonly int s_due = ClassLibrary.Place(s_timer, "_dueTime");
    private static readonly int s_period = ClassLibrary.Place(s_timer, "_period");

    private readonly Dictionary<(string Method, uint Period), (int Count, long Due)> _groups = [];

    /// <summary>Adds them.</summary>
    public void Read(WaitGraph graph)
    {
        if (s_short < 0 || s_long < 0 || s_next < 0 || s_start < 0 || s_due < 0 || s_period < 0)
        {
            return;
        }

        foreach (ulong queue in known.Timers)
        {
            AddList(snapshot.Memory.Read<ulong>(queue + (ulong)s_short));
            AddList(snapshot.Memory.Read<ulong>(queue + (ulong)s_long));
        }

        long now = Environment.TickCount64;
        foreach (((string method, uint period), (int count, long due)) in _groups)
        {
            graph.Timers.Add(new SetTimers(
                method, count, TimeSpan.FromMilliseconds(due - now), period is 0 or Never ? null : TimeSpan.FromMilliseconds(period)));
        }
    }

    private void AddList(ulong timer)
    {
        for (int i = 0; timer != 0 && i < MaxTimers; i++)
        {
            uint due = snapshot.Memory.Read<uint>(timer + (ulong)s_due);
            if (due != Never)
            {
                Add((methods.OfWorkItem(timer), snapshot.Memory.Read<uint>(timer + (ulong)s_period)), snapshot.Memory.Read<long>(timer + (ulong)s_start) + due);
            }

            timer = snapshot.Memory.Read<ulong>(timer + (ulong)s_next);
        }
    }

    private void Add((string Method, uint Period) key, long due)
    {
        (int count, long first) = _groups.GetValueOrDefault(key, (0, long.MaxValue));
        _groups[key] = (count + 1, Math.Min(first, due));
    }
}

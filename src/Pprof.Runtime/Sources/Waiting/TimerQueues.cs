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

    private static readonly Type? s_timer = ClassLibrary.TypeOfField(KnownObjects.TimersType, "_shortTimers");
    private static readonly int s_short = ClassLibrary.Place(KnownObjects.TimersType, "_shortTimers");
    private static readonly int s_long = ClassLibrary.Place(KnownObjects.TimersType, "_longTimers");
    private static readonly int s_next = ClassLibrary.Place(s_timer, "_next");
    private static readonly int s_start = ClassLibrary.Place(s_timer, "_startTicks");
    private static readonly int s_due = ClassLibrary.Place(s_timer, "_dueTime");
    private static readonly int s_period = ClassLibrary.Place(s_timer, "_period");

    private readonly TimerGroups _groups = new(snapshot, methods);

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

        _groups.AddTo(graph);
    }

    private void AddList(ulong timer)
    {
        for (int i = 0; timer != 0 && i < MaxTimers; i++)
        {
            _groups.Add(timer, s_start, s_due, s_period);
            timer = snapshot.Memory.Read<ulong>(timer + (ulong)s_next);
        }
    }
}

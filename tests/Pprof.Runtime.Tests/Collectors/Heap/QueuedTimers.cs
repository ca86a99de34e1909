namespace Pprof.Runtime.Tests.Collectors.Heap;

/// <summary>Timers that nobody holds but their queues, and between them some that somebody holds.</summary>
internal sealed class QueuedTimers : IDisposable
{
    public const int Count = 2_000;
    private const int Interval = 100;

    private static readonly TimeSpan s_due = TimeSpan.FromHours(1);

    private readonly List<Timer> _all = [];
    private readonly List<Timer> _some = [];

    public QueuedTimers()
    {
        for (int i = 0; i < Count; i++)
        {
            // One that has no state of its own refers to itself.
            var timer = new Timer(new Target().On);
            timer.Change(s_due, s_due);
            _all.Add(timer);
            if (i % Interval == 0)
            {
                _some.Add(new Timer(static _ => { }, null, s_due, s_due));
            }
        }
    }

    /// <summary>Those that somebody is to hold.</summary>
    public Timer[] Some => [.. _some];

    public void Dispose()
    {
        _all.ForEach(static timer => timer.Dispose());
        _some.ForEach(static timer => timer.Dispose());
    }

    /// <summary>What a timer uses.</summary>
    public sealed class Target
    {
        public void On(object? state) => GC.KeepAlive(this);
    }
}

namespace Pprof.Process;

/// <summary>The CPU time of the threads of this package, by their names, those that have ended included.</summary>
internal static class OwnCpuTime
{
    private static readonly Lock s_gate = new();
    private static readonly Dictionary<int, string> s_running = [];

    // An object each: a table of numbers by names would have to be compiled for the first thread, at a start.
    private static readonly Dictionary<string, Ended> s_ended = [];
    private static ThreadCpuClock? s_clock;

    private static ThreadCpuClock Clock => s_clock ??= ThreadCpuClock.Create();

    /// <summary>Called by a thread that begins, with the system's id of it.</summary>
    public static void Begin(int systemId, string name)
    {
        lock (s_gate)
        {
            s_running[systemId] = name;
            if (!s_ended.ContainsKey(name))
            {
                s_ended[name] = new Ended();
            }
        }
    }

    /// <summary>Called by a thread that ends.</summary>
    public static void End(int systemId)
    {
        lock (s_gate)
        {
            if (s_running.Remove(systemId, out string? name))
            {
                s_ended[name].Nanoseconds += Nanoseconds(systemId);
            }
        }
    }

    /// <summary>What the threads of each name have used until now, together. It never becomes less.</summary>
    public static IReadOnlyDictionary<string, TimeSpan> Read()
    {
        lock (s_gate)
        {
            // None of them ends meanwhile.
            Dictionary<string, long> nanoseconds = s_ended.ToDictionary(static used => used.Key, static used => used.Value.Nanoseconds);
            foreach ((int systemId, string name) in s_running)
            {
                nanoseconds[name] += Nanoseconds(systemId);
            }

            return nanoseconds.ToDictionary(static used => used.Key, static used => TimeSpan.FromTicks(used.Value / TimeSpan.NanosecondsPerTick));
        }
    }

    private static long Nanoseconds(int systemId) => Math.Max(0, Clock.Nanoseconds(systemId));

    /// <summary>What the threads of one name have used that have ended.</summary>
    private sealed class Ended
    {
        public long Nanoseconds { get; set; }
    }
}

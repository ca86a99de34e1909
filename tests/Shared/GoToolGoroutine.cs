namespace Pprof.Testing;

/// <summary>A goroutine, as the events of its trace tell.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Created">When it was created.</param>
/// <param name="CreatedOn">The thread that ran where it was created; 0 for none.</param>
internal sealed record GoToolGoroutine(ulong Id, long Created, long CreatedOn)
{
    /// <summary>The times in which it ran: from when to when, on which thread, and the event that ended it.</summary>
    public List<(long Start, long End, long Thread, string Reason)> Runs { get; } = [];

    /// <summary>When it ended; null where it did not.</summary>
    public long? Ended { get; private set; }

    /// <summary>Whether its thread began with another when it ended.</summary>
    public bool IsFollowed { get; private set; }

    /// <summary>How long it ran.</summary>
    public long Running => Runs.Sum(static run => run.End - run.Start);

    /// <summary>How long it was blocked for a reason, where it was so more than a moment.</summary>
    public IEnumerable<long> Blocked(string reason) =>
        Runs.Zip(Runs.Skip(1)).Where(pair => pair.First.Reason == reason).Select(static pair => pair.Second.Start - pair.First.End);

    /// <summary>All goroutines of a trace by their numbers.</summary>
    public static IReadOnlyDictionary<ulong, GoToolGoroutine> Read(IEnumerable<GoToolTraceEvent> events)
    {
        Dictionary<ulong, GoToolGoroutine> goroutines = [];
        Dictionary<long, long> threads = [];
        Dictionary<ulong, (long Time, long Thread)> running = [];
        Dictionary<long, GoToolGoroutine> ended = [];
        foreach (GoToolTraceEvent traced in events)
        {
            switch (traced.Name)
            {
                case "ProcStart":
                    threads[traced.Processor] = traced["thread"];
                    break;
                case "ProcStop":
                    threads.Remove(traced.Processor);
                    ended.Remove(traced.Processor);
                    break;
                case "GoCreate":
                    ulong id = (ulong)traced["g"];
                    goroutines.Add(id, new GoToolGoroutine(id, traced.Time, threads.GetValueOrDefault(traced.Processor)));
                    break;
                case "GoStart":
                    running[(ulong)traced["g"]] = (traced.Time, threads.GetValueOrDefault(traced.Processor));
                    if (ended.Remove(traced.Processor, out GoToolGoroutine? before))
                        before.IsFollowed = true;

                    break;
                case "GoEnd" or "GoSched" or "GoSleep" or "GoBlock" or "GoBlockSync" or "GoBlockCond" or "GoBlockSelect" or "GoBlockNet":
                    GoToolGoroutine goroutine = goroutines[traced.Goroutine];
                    (long start, long thread) = running[traced.Goroutine];
                    goroutine.Runs.Add((start, traced.Time, thread, traced.Name));
                    if (traced.Name == "GoEnd")
                    {
                        goroutine.Ended = traced.Time;
                        ended[traced.Processor] = goroutine;
                    }

                    break;
            }
        }

        return goroutines;
    }
}

namespace Pprof.Process;

/// <summary>The threads of the process at one moment, by what the kernel had counted of each: whether one has run since.</summary>
internal sealed class ThreadsAtMoment
{
    private readonly Dictionary<int, ThreadRuns> _runs = [];

    /// <summary>Those that there are now; none where they cannot be listed.</summary>
    public ThreadsAtMoment()
    {
        try
        {
            foreach (int systemId in ThreadList.Read())
            {
                if (ThreadRuns.TryRead(systemId, out ThreadRuns runs))
                {
                    _runs.Add(systemId, runs);
                }
            }
        }
        catch (IOException)
        {
            // The process is out of file descriptors, say: then nothing is known.
        }
    }

    /// <summary>Whether a thread has run since; false where that is not known.</summary>
    public bool HasRun(int systemId) =>
        _runs.TryGetValue(systemId, out ThreadRuns before) && ThreadRuns.TryRead(systemId, out ThreadRuns now) && now != before;
}

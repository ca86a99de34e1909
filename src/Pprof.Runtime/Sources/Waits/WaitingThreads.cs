using Pprof.Process;

namespace Pprof.Sources.Waits;

/// <summary>The threads that have waited, by the system's id. Not safe for concurrent use.</summary>
internal sealed class WaitingThreads
{
    private const int FirstLimit = 1024;

    private readonly Dictionary<int, WaitingThread> _threads = [];
    private int _limit = FirstLimit;

    public IEnumerable<WaitingThread> All => _threads.Values;

    public WaitingThread? Find(int systemId) => _threads.GetValueOrDefault(systemId);

    public WaitingThread Get(int systemId)
    {
        if (!_threads.TryGetValue(systemId, out WaitingThread? thread))
        {
            if (_threads.Count >= _limit)
            {
                ForgetEnded();
            }

            _threads.Add(systemId, thread = new WaitingThread());
        }

        return thread;
    }

    public void Clear() => _threads.Clear();

    private void ForgetEnded()
    {
        HashSet<int> alive = SystemThreads.Read();
        foreach (int id in _threads.Keys.Where(id => !alive.Contains(id)).ToArray())
        {
            _threads.Remove(id);
        }

        _limit = Math.Max(FirstLimit, 2 * _threads.Count);
    }
}

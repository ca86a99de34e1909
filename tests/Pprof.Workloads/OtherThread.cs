using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Pprof.Workloads;

/// <summary>A thread: who awaits it goes on on it.</summary>
internal sealed class OtherThread : ICriticalNotifyCompletion, IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public OtherThread(string name)
    {
        _thread = new Thread(Run) { Name = name };
        _thread.Start();
    }

    public bool IsCompleted => false;

    public OtherThread GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => _work.Add(continuation);

    public void UnsafeOnCompleted(Action continuation) => _work.Add(continuation);

    /// <summary>Waits until it has done what it had to.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}

namespace Pprof.Process;

/// <summary>
/// Threads of this package that go on with what waits, where the application's thread pool cannot be relied on: it may have
/// no thread to spare for as long as the application sleeps in all of them. Where it is the current context, an <c>await</c>
/// resumes here. It has several threads, so that code which waits for its own continuations does not wait for ever.
/// </summary>
internal sealed class OwnPool : SynchronizationContext
{
    private const int MaxThreads = 64;
    private const int StackSize = 1024 * 1024;

    // There are no threads while nobody asks.
    private static readonly TimeSpan s_linger = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Queue<(SendOrPostCallback Callback, object? State)> _work = new();
    private int _threads;
    private int _idle;

    private OwnPool()
    {
    }

    /// <summary>That of the process.</summary>
    public static OwnPool Instance { get; } = new();

    /// <summary>Runs <paramref name="work"/> on one of the threads, which also go on with what it awaits.</summary>
    public void Run(Func<Task> work) => Post(static state => ((Func<Task>)state!)(), work);

    /// <inheritdoc/>
    public override void Post(SendOrPostCallback d, object? state)
    {
        lock (_gate)
        {
            _work.Enqueue((d, state));
            if (_work.Count <= _idle)
            {
                Monitor.Pulse(_gate);
                return;
            }

            if (_threads == MaxThreads)
            {
                return;
            }

            _threads++;
        }

        StartThread();
    }

    /// <inheritdoc/>
    public override void Send(SendOrPostCallback d, object? state) => d(state);

    /// <inheritdoc/>
    public override SynchronizationContext CreateCopy() => this;

    private void StartThread()
    {
        try
        {
            OwnThreads.Start("pprof work", Work, StackSize);
        }
        catch (Exception)
        {
            // The process can have no more threads. The others do it, if there are any.
            lock (_gate)
            {
                _threads--;
                if (_threads == 0)
                {
                    while (_work.TryDequeue(out (SendOrPostCallback Callback, object? State) work))
                    {
                        ThreadPool.UnsafeQueueUserWorkItem(static work => work.Callback(work.State), work, preferLocal: false);
                    }
                }
            }
        }
    }

    private void Work()
    {
        SetSynchronizationContext(this);
        while (TryTake(out (SendOrPostCallback Callback, object? State) work))
        {
            try
            {
                work.Callback(work.State);
            }
            catch (Exception)
            {
                // An asynchronous method keeps its exception in its task. Nobody waits for anything else.
            }
        }
    }

    private bool TryTake(out (SendOrPostCallback Callback, object? State) work)
    {
        lock (_gate)
        {
            long end = Environment.TickCount64 + (long)s_linger.TotalMilliseconds;
            while (!_work.TryDequeue(out work))
            {
                long left = end - Environment.TickCount64;
                if (left <= 0)
                {
                    _threads--;
                    return false;
                }

                _idle++;
                Monitor.Wait(_gate, (int)left);
                _idle--;
            }

            return true;
        }
    }
}

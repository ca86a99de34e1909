using System.Diagnostics;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>
/// Writes a trace of what is in two queues, by the order of time, on a thread of this package. What the runtime sees comes
/// later than what the application says.
/// </summary>
internal sealed class TraceWriter
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    // What the runtime sees comes within this time. On a starved machine it may not: then it is drawn too late.
    private static readonly long s_latest = 2 * Stopwatch.Frequency;

    // Bytes go out while a trace is under way, though little happens.
    private static readonly long s_patience = Stopwatch.Frequency / 10;

    private readonly TraceQueue _runtime;
    private readonly TraceQueue _application;
    private readonly TracePipe _pipe;
    private readonly TraceRecorder _trace;
    private readonly TracedProcess _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stop = new();
    private TraceBlock? _said;
    private int _saidCount;
    private long _flushed;
    private long _listed;

    public TraceWriter(TraceQueue runtime, TraceQueue application, TracePipe pipe, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> newTrace)
    {
        _runtime = runtime;
        _application = application;
        _pipe = pipe;
        _trace = newTrace(Now, pipe.Write);
        _process = new TracedProcess(_trace);
    }

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    private static long Now => Stopwatch.GetTimestamp();

    /// <summary>Starts the thread.</summary>
    public void Start() => OwnThreads.Start("pprof trace", Run, stackSize: 1024 * 1024);

    /// <summary>Nothing comes any more: has what there is written, and the end of the trace.</summary>
    public void Stop()
    {
        _runtime.Close();
        _application.Close();
        _stop.Set();
    }

    private void Run()
    {
        try
        {
            while (!_stop.Wait(s_pause))
            {
                long now = Now;
                AddHeap(now);
                AddEndedThreads(now);

                // No more than there is now: events may come as fast as they are written.
                Write(_runtime.FullBlocks + 1, now - s_patience);
                WriteSaid(now - s_latest);
                if (now - _flushed > Stopwatch.Frequency / 2)
                {
                    _flushed = now;
                    _trace.Flush();
                }
            }

            Write(int.MaxValue, long.MaxValue);
            WriteSaid(long.MaxValue);
            _trace.Complete(Now);
        }
        catch (OperationCanceledException)
        {
            // The client is gone.
        }
        catch (Exception e)
        {
            _pipe.Fail(e);
        }
        finally
        {
            _pipe.Complete();
            _ended.SetResult();
        }
    }

    private void AddHeap(long now)
    {
        _application.Add(new TraceMoment { Kind = TraceMomentKind.HeapSize, Thread = 0, Timestamp = now, Number = GC.GetTotalMemory(forceFullCollection: false) }, []);
        _application.Add(new TraceMoment { Kind = TraceMomentKind.HeapCommitted, Thread = 0, Timestamp = now, Number = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes }, []);
    }

    /// <summary>
    /// Tells of threads that have ended, once a second: the runtime does not. An id that another thread gets within that time is
    /// taken for the same thread; Linux gives away all others before.
    /// </summary>
    private void AddEndedThreads(long now)
    {
        if (now - _listed < Stopwatch.Frequency)
        {
            return;
        }

        _listed = now;
        try
        {
            HashSet<int> running = SystemThreads.Read();
            foreach (int thread in _process.Threads)
            {
                if (thread != 0 && !running.Contains(thread))
                {
                    _application.Add(new TraceMoment { Kind = TraceMomentKind.ThreadEnd, Thread = thread, Timestamp = now }, []);
                }
            }
        }
        catch (IOException)
        {
            // The process is out of file descriptors, say. There is a next time.
        }
    }

    private void Write(int maxBlocks, long until)
    {
        for (; maxBlocks > 0 && _runtime.Take(until) is { } block; maxBlocks--)
        {
            for (int i = 0; i < block.Count; i++)
            {
                WriteSaid(block[i].Timestamp);
                _process.Add(block[i], block.FramesOf(i));
            }

            _runtime.Return(block);
        }
    }

    /// <summary>Writes what the application has said up to a time.</summary>
    private void WriteSaid(long until)
    {
        while (true)
        {
            if (_said is null)
            {
                _said = _application.Take(until);
                _saidCount = 0;
                if (_said is null)
                {
                    return;
                }
            }

            for (; _saidCount < _said.Count; _saidCount++)
            {
                if (_said[_saidCount].Timestamp > until)
                {
                    return;
                }

                _process.Add(_said[_saidCount], _said.FramesOf(_saidCount));
            }

            _application.Return(_said);
            _said = null;
        }
    }
}

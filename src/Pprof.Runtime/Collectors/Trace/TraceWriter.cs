using System.Diagnostics;
using System.Runtime;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Trace;

namespace Pprof.Collectors.Trace;

/// <summary>
/// Writes a trace of what its inputs have, by the order of time, on a thread of this package. All comes later than it happens,
/// what the runtime sees latest. So nothing is written before it is so old that what happened before it has come.
/// </summary>
internal sealed class TraceWriter
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    // What the runtime sees comes within this time. On a starved machine it may not: then it is drawn too late.
    private static readonly long s_latest = 2 * Stopwatch.Frequency;

    // A thread can be preempted between the time that it reads and where it hands over what happened then.
    private static readonly long s_lag = Stopwatch.Frequency / 20;

    // Samples are read every 50 ms.
    private static readonly long s_lagOfSamples = 3 * Stopwatch.Frequency / 20;

    private readonly TraceInputs _inputs;
    private readonly TracePipe _pipe;
    private readonly TraceRecorder _trace;
    private readonly TracedProcess _process;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _stop = new();
    private readonly QueueFeed _runtime;
    private readonly TraceFeed[] _others;
    private readonly long _lag;
    private readonly long _latest;
    private long _flushed;
    private long _listed;
    private int _oneIn = 1;
    private long _compiled = JitInfo.GetCompiledMethodCount();
    private TimeSpan _compiling = JitInfo.GetCompilationTime();

    public TraceWriter(TraceInputs inputs, TracePipe pipe, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> newTrace)
    {
        _inputs = inputs;
        _pipe = pipe;
        var rate = new TraceRate();
        _trace = newTrace(Now, piece =>
        {
            rate.Add(piece.Length);
            pipe.Write(piece);
        });
        _process = new TracedProcess(_trace, inputs.HasWork, rate);
        _runtime = new QueueFeed(inputs.Runtime);
        _others = Array.FindAll<TraceFeed?>([new QueueFeed(inputs.Application), inputs.Work, inputs.Waits, inputs.Collections, inputs.Samples], static feed => feed is not null)!;
        _lag = inputs.Waits is not null ? s_latest : inputs.Samples is null ? s_lag : s_lagOfSamples;
        _latest = inputs.RuntimeIsLate ? s_latest : _lag;
    }

    /// <summary>Completes when the thread has ended.</summary>
    public Task Ended => _ended.Task;

    private static long Now => Stopwatch.GetTimestamp();

    /// <summary>Starts the thread.</summary>
    /// <exception cref="ProfileUnavailableException">The process can have no thread for it.</exception>
    public void Start()
    {
        try
        {
            OwnThreads.Start("pprof trace", Run, stackSize: 1024 * 1024);
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            throw new ProfileUnavailableException(OwnThreads.WhyNone("writes the trace"), e);
        }
    }

    /// <summary>Nothing comes any more: has what there is written, and the end of the trace.</summary>
    public void Stop()
    {
        _inputs.Runtime.Close();
        _inputs.Application.Close();
        _stop.Set();
    }

    private void Run()
    {
        try
        {
            while (!_stop.Wait(s_pause))
            {
                long now = Now;
                AddState(now);
                AddThinning(now);
                AddEndedThreads(now);
                Collect();

                // The time is that from before: what comes meanwhile is younger, however fast it comes.
                Write(now - _lag);
                WriteOthers(now - _latest);
                if (now - _flushed > Stopwatch.Frequency / 2)
                {
                    _flushed = now;
                    _trace.Flush();
                }
            }

            Collect();
            Write(long.MaxValue);
            WriteOthers(long.MaxValue);
            _process.Complete(Now);
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

    /// <summary>What the runtime tells whoever asks: the heap, and how much has been compiled.</summary>
    private void AddState(long now)
    {
        Add(TraceMomentKind.HeapSize, now, GC.GetTotalMemory(forceFullCollection: false));
        Add(TraceMomentKind.HeapCommitted, now, GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);
        Add(TraceMomentKind.Allocated, now, GC.GetTotalAllocatedBytes());
        long compiled = JitInfo.GetCompiledMethodCount();
        if (_inputs.HasCompilation && compiled != _compiled)
        {
            TimeSpan compiling = JitInfo.GetCompilationTime();
            Add(TraceMomentKind.Compiled, now, compiled - _compiled, (long)(compiling - _compiling).TotalNanoseconds);
            (_compiled, _compiling) = (compiled, compiling);
        }
    }

    /// <summary>Says from when on how many of the requests are drawn.</summary>
    private void AddThinning(long now)
    {
        _inputs.Thinning?.EndWindow(now);
        if (_inputs.Thinning?.OneIn is { } oneIn && oneIn != _oneIn)
        {
            _oneIn = oneIn;
            string drawn = oneIn == 1
                ? "all requests are drawn again"
                : $"one in {oneIn} requests is drawn from here on, with all its activities: more than {ActivityThinning.MaxInWindow} began within {ActivityThinning.WindowMilliseconds} ms";
            _inputs.Application.Add(new TraceMoment { Kind = TraceMomentKind.Log, Thread = 0, Timestamp = now, Text = "pprof", Detail = drawn }, []);
        }
    }

    private void Add(TraceMomentKind kind, long time, long number, long other = 0) =>
        _inputs.Application.Add(new TraceMoment { Kind = kind, Thread = 0, Timestamp = time, Number = number, Other = other }, []);

    /// <summary>Fetches what has been seen without a queue.</summary>
    private void Collect()
    {
        _inputs.Work?.Collect();
        _inputs.Samples?.Collect();
        _inputs.Waits?.Collect();
        _inputs.Collections?.Collect();
        if (_inputs.Work?.TakeLost() is > 0 and var lost)
        {
            Add(TraceMomentKind.LostOthers, Now, lost);
        }
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
                    _inputs.Application.Add(new TraceMoment { Kind = TraceMomentKind.ThreadEnd, Thread = thread, Timestamp = now }, []);
                }
            }
        }
        catch (IOException)
        {
            // The process is out of file descriptors, say. There is a next time.
        }
    }

    /// <summary>Writes what the runtime has told, up to a time, and in between what happened elsewhere.</summary>
    private void Write(long until)
    {
        while (_runtime.TryPeek(until, out long timestamp))
        {
            WriteOthers(timestamp);
            _process.Add(_runtime.Take(out ReadOnlySpan<nuint> frames), frames);
        }
    }

    /// <summary>Writes what has come at once, up to a time.</summary>
    private void WriteOthers(long until)
    {
        while (true)
        {
            TraceFeed? first = null;
            long earliest = until;
            foreach (TraceFeed feed in _others)
            {
                if (feed.TryPeek(earliest, out long timestamp))
                {
                    (first, earliest) = (feed, timestamp);
                }
            }

            if (first is null)
            {
                return;
            }

            _process.Add(first.Take(out ReadOnlySpan<nuint> frames), frames);
        }
    }
}

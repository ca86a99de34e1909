using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// The threads of the process, each with a timer of one session, and one timer for those that have none yet. Used only
/// by the session's reader.
/// </summary>
internal sealed class TimedThreads : IDisposable
{
    // Before Linux 6.4 a signal of a process-wide timer went to the first thread, whoever was running.
    private static readonly bool s_processTimerHitsRunningThread = Environment.OSVersion.Version >= new Version(6, 4);

    private readonly SampleBuffer _buffer;
    private readonly CpuAccount _account;
    private readonly long _period;
    private readonly Dictionary<int, SampledThread> _threads = [];
    private readonly List<SampledThread?> _byNumber = [null];
    private readonly Stack<int> _freeNumbers = [];
    private readonly ThreadList _list = new();
    private readonly int _processTimer;
    private readonly HashSet<int> _withoutTimer = [];
    private readonly List<int> _listed = [];
    private ProcessMap _map = ProcessMap.Empty;
    private long _mapTime;
    private bool _mayReadMap;
    private int _scan;
    private int _labelsVersion;
    private bool _untimedSeen;

    /// <summary>Starts the timers.</summary>
    /// <exception cref="SamplingRefusedException">There can be none, or no list of threads.</exception>
    public TimedThreads(SampleBuffer buffer, CpuAccount account, long periodNanoseconds)
    {
        _buffer = buffer;
        _account = account;
        _period = periodNanoseconds;
        _processTimer = s_processTimerHitsRunningThread ? CpuTimer.StartForProcess(buffer.SignalValue(0), periodNanoseconds) : -1;
        try
        {
            _ = _list.MayHaveChanged();
            Scan();
            if (_threads.Count == 0 && _processTimer < 0)
            {
                throw new SamplingRefusedException(
                    "too few signals can be pending for a timer beside those that the runtime needs; raise their limit (ulimit -i)");
            }
        }
        catch (IOException e)
        {
            Dispose();
            throw new SamplingRefusedException(ThreadList.Describe(e), e);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Those that have not ended.</summary>
    public IEnumerable<SampledThread> Running => _threads.Values;

    /// <summary>Threads that got no timer of their own, because the kernel had none or too few signals would be left.</summary>
    public int WithoutTimer => _withoutTimer.Count;

    /// <summary>Whether those are sampled all the same, by the timer of the process.</summary>
    public bool HasProcessTimer => _processTimer >= 0;

    /// <summary>Starts timers on new threads and ends those of threads that are gone.</summary>
    public void Update()
    {
        _mayReadMap = true;
        try
        {
            if (_untimedSeen || _list.MayHaveChanged())
            {
                Scan();
            }
        }
        catch (IOException)
        {
            // The process is out of file descriptors, say. Those threads that have a timer go on.
        }

        // Some thread has got its first labels.
        if (ThreadLabels.Version is int version && version != _labelsVersion)
        {
            _labelsVersion = version;
            foreach (SampledThread thread in _threads.Values)
            {
                _buffer.SetLabels(thread.Number, ThreadLabels.WordOf(thread.SystemId));
            }
        }
    }

    /// <summary>
    /// Finds the thread of a sample; none where it has no timer. False where the sample must not count: it came from the
    /// timer of the process, and its thread has one of its own.
    /// </summary>
    public bool TryFind(in CapturedSample sample, out SampledThread? thread)
    {
        thread = _byNumber[(int)sample.Thread];
        if (sample.Thread == 0)
        {
            _untimedSeen = true;
            return !_threads.ContainsKey((int)sample.SystemId);
        }

        if (thread is not null && !_buffer.HasBounds(thread.Number, sample.Sp))
        {
            FindBounds(thread, sample.Sp);
        }

        return true;
    }

    /// <summary>Ends all timers. Signals may still arrive.</summary>
    public void Dispose()
    {
        foreach (SampledThread thread in _threads.Values)
        {
            CpuTimer.Delete(thread.Timer);
        }

        if (_processTimer >= 0)
        {
            CpuTimer.Delete(_processTimer);
        }
    }

    private void Scan()
    {
        _scan++;
        _listed.Clear();
        _listed.AddRange(ThreadList.Read());
        long free = -1;
        foreach (int systemId in _listed)
        {
            if (_threads.TryGetValue(systemId, out SampledThread? thread))
            {
                thread.LastScan = _scan;
                continue;
            }

            if (free < 0)
            {
                free = SignalBudget.Free(_listed.Count);
            }

            if (free > 0)
            {
                free--;
                Attach(systemId);
            }
            else
            {
                _withoutTimer.Add(systemId);
            }
        }

        _untimedSeen = false;
        foreach (SampledThread thread in _threads.Values)
        {
            if (thread.LastScan != _scan)
            {
                // What it used up to its end is in its samples.
                _account.AddSamples(thread.Weight);
                CpuTimer.Delete(thread.Timer);
                _threads.Remove(thread.SystemId);
                _byNumber[thread.Number] = null;
                _freeNumbers.Push(thread.Number);
            }
        }
    }

    private void Attach(int systemId)
    {
        if (!_freeNumbers.TryPop(out int number))
        {
            number = _byNumber.Count;
            if (number >= SampleBuffer.MaxThreads)
            {
                _withoutTimer.Add(systemId);
                return;
            }

            _byNumber.Add(null);
        }

        _buffer.ClearBounds(number);
        _buffer.SetLabels(number, ThreadLabels.WordOf(systemId));
        long cpu = Libc.Nanoseconds(Libc.ThreadCpuClock(systemId));
        long first = CpuTimer.RandomFirst(_period);
        int timer = cpu < 0 ? -1 : CpuTimer.StartForThread(systemId, _buffer.SignalValue(number), _period, first);
        if (timer < 0)
        {
            // Ended between the listing and here, unless its clock still runs: then the kernel has no timer for it.
            if (Libc.Nanoseconds(Libc.ThreadCpuClock(systemId)) >= 0)
            {
                _withoutTimer.Add(systemId);
            }

            _freeNumbers.Push(number);
            return;
        }

        var thread = new SampledThread
        {
            SystemId = systemId,
            Number = number,
            Timer = timer,
            StartCpu = cpu,
            FirstExpiry = first,
            Since = Stopwatch.GetTimestamp(),
            LastScan = _scan,
        };
        _withoutTimer.Remove(systemId);
        _threads.Add(systemId, thread);
        _byNumber[number] = thread;
    }

    private void FindBounds(SampledThread thread, nuint stackPointer)
    {
        // A map that is older than the thread may show memory where there is none any more. Until there is a newer one
        // the kernel reads the stack for the handler.
        if (_mapTime <= thread.Since || _map.Find(stackPointer) is null)
        {
            if (!_mayReadMap)
            {
                return;
            }

            _mayReadMap = false;
            _mapTime = Stopwatch.GetTimestamp();
            _map = ProcessMap.Read();
        }

        if (_map.Find(stackPointer) is { IsReadable: true, IsWritable: true } region)
        {
            // The first thread's stack has a name. Whatever else it may stand on, an alternate stack say, is bounded as
            // another thread's is.
            _buffer.SetBounds(thread.Number, region.Start, region.Limit, isFirstThread: region.Path == "[stack]");
        }
    }
}

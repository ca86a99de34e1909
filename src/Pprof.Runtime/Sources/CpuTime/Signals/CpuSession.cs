using Pprof.Labels;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Unwinding;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// One CPU profile under way: a timer on every thread, a buffer that the signal handler fills, and a thread that reads
/// it. Several can run at the same time, each with its own timers.
/// </summary>
internal sealed class CpuSession
{
    private const int MinSlots = 1024;

    // Distinct stacks of one profile, and their frames, 8 bytes each; past them only the time is counted.
    private const int MaxStacks = 200_000;
    private const int MaxStackFrames = 4_000_000;

    // A timer that expired is noticed at the next tick of the kernel's clock, 10 ms at the slowest.
    private const long TickNanoseconds = 10_000_000;

    private static int _rehearsed;

    private readonly SampleBuffer _buffer;
    private readonly long _period;
    private readonly TimeSpan _interval;
    private readonly Profile _profile;
    private readonly ManualResetEventSlim _stop = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Profile> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Below: used only by the reader.
    private readonly StackUnwinder _unwinder = new();
    private readonly CpuAccount _account;
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames];
    private TimedThreads? _threads;
    private long _unknownLabels;

    private CpuSession(SampleBuffer buffer, int rate, Profile profile)
    {
        _buffer = buffer;
        _period = 1_000_000_000 / rate;
        // A fifth of the buffer at the most is in use when the reader comes back on time.
        _interval = TimeSpan.FromMilliseconds(rate > 200 ? 20 : 50);
        _profile = profile;
        _account = new CpuAccount(_period);
    }

    /// <summary>Starts sampling at <paramref name="rate"/> samples per second of CPU time.</summary>
    /// <returns>The session, or null when as many run as the handler can serve.</returns>
    /// <exception cref="OutOfMemoryException">There is no memory for samples, or no thread to read them.</exception>
    public static CpuSession? TryStart(int rate, Profile profile)
    {
        // Seconds of samples: on a machine with more threads than cores the reader has to wait for its turn like all
        // others, and at the first profile of a process it has to be compiled. Only slots that are used take memory.
        int slots = Math.Clamp(Environment.ProcessorCount * rate * 4, MinSlots, 8192);
        if (SampleBuffer.TryCreate(slots) is not { } buffer)
        {
            return null;
        }

        try
        {
            var session = new CpuSession(buffer, rate, profile);
            new Thread(session.Run, maxStackSize: 512 * 1024) { IsBackground = true, Name = "pprof CPU" }.Start();
            return session;
        }
        catch
        {
            // The system has no more threads.
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Completes when the timers run.</summary>
    public Task Started => _started.Task;

    /// <summary>Ends the session and gives everything back. The profile has all samples up to this call.</summary>
    public Task<Profile> StopAsync()
    {
        _stop.Set();
        return _result.Task;
    }

    private void Run()
    {
        try
        {
            RecentLabels.Open();
            try
            {
                using (_buffer)
                {
                    Rehearse();
                    Sample(TimeSpan.MaxValue);
                }
            }
            finally
            {
                RecentLabels.Close();
            }

            _result.SetResult(_profile);
        }
        catch (Exception e)
        {
            // Who waits for the start is told; after it, who waits for the end.
            _result.SetException(e);
            if (_started.TrySetException(e))
            {
                _ = _result.Task.Exception;
            }
        }
    }

    /// <summary>
    /// Before the first profile of a process, profiles a moment and throws it away: that compiles the reader, which
    /// would otherwise take a good part of a second out of the profile, and longer on a busy machine.
    /// </summary>
    private void Rehearse()
    {
        try
        {
            if (Interlocked.Exchange(ref _rehearsed, 1) != 0 || SampleBuffer.TryCreate(MinSlots) is not { } buffer)
            {
                return;
            }

            using (buffer)
            {
                new CpuSession(buffer, 1000, _profile.Shape.NewProfile()).Sample(TimeSpan.FromMilliseconds(50));
            }
        }
        catch (Exception e) when (e is OutOfMemoryException or IOException)
        {
            // The profile itself has its memory already, and may do without.
        }
    }

    private void Sample(TimeSpan limit)
    {
        long startCpu = Libc.Nanoseconds(Libc.ProcessCpuClock);
        long start = TimeProvider.System.GetTimestamp();
        _profile.TimeNanos = Profile.NanosecondsNow;
        _profile.Period = _period;
        using var threads = new TimedThreads(_buffer, _account, _period);
        _threads = threads;
        _started.TrySetResult();
        while (!_stop.Wait(_interval) && TimeProvider.System.GetElapsedTime(start) < limit)
        {
            _buffer.Drain(Read);
            threads.Update();
        }

        _buffer.Drain(Read);
        long cpu = Libc.Nanoseconds(Libc.ProcessCpuClock) - startCpu;
        _profile.DurationNanos = (long)TimeProvider.System.GetElapsedTime(start).TotalNanoseconds;
        AddPending(threads);
        AddUnseen(cpu, threads);
    }

    /// <summary>
    /// Counts the periods that have passed and whose signals are still on their way: a thread gets them only when it
    /// runs again, and on a busy machine they are a good part of what many threads used in a short time. They count
    /// where the thread was seen last, as any other of its samples would.
    /// </summary>
    private void AddPending(TimedThreads threads)
    {
        foreach (SampledThread thread in threads.Running)
        {
            long cpu = Libc.Nanoseconds(Libc.ThreadCpuClock(thread.Tid));
            if (cpu < 0)
            {
                _account.AddSamples(thread.Weight);
                continue;
            }

            // A thread that keeps the signal blocked is not on its way to it.
            long pending = thread.Expiries(cpu, _period) - thread.Weight;
            if (pending > 0 && pending <= 2 + (TickNanoseconds / _period) && thread.LastSample >= 0)
            {
                _profile.Samples.Add(thread.LastSample, pending, pending * _period);
                pending = 0;
            }

            _account.AddThread(cpu - thread.StartCpu);
            _account.AddSamples(-Math.Max(0, pending));
        }
    }

    private void Read(in CapturedSample sample, ReadOnlySpan<nuint> stack, ReadOnlySpan<nuint> chain)
    {
        if (!_threads!.TryFind(in sample, out SampledThread? thread))
        {
            return;
        }

        long weight = (long)sample.Weight;
        LabelSet labels = LabelsOf(in sample, thread);
        int index;
        if (_profile.Samples.Count < MaxStacks && _profile.Samples.FrameCount < MaxStackFrames)
        {
            int count = _unwinder.Unwind(in sample, stack, chain, _frames);
            index = _profile.Samples.Add(_frames.AsSpan(0, count), labels, weight, weight * _period);
        }
        else
        {
            index = _profile.Samples.Add([(nuint)PseudoFrame.UnknownStack], LabelSet.Empty, weight, weight * _period);
        }

        if (thread is null)
        {
            _account.AddSamples(weight);
        }
        else
        {
            thread.Weight += weight;
            thread.LastSample = index;
        }
    }

    private LabelSet LabelsOf(in CapturedSample sample, SampledThread? thread)
    {
        if (sample.Labels == 0)
        {
            return LabelSet.Empty;
        }

        // A thread that has ended since is not known any more.
        if (RecentLabels.Find(sample.Labels, thread?.Tid ?? 0) is { } pushed)
        {
            return pushed.Labels;
        }

        _unknownLabels++;
        return LabelSet.Empty;
    }

    private void AddUnseen(long cpu, TimedThreads threads)
    {
        long lost = _buffer.Lost;
        if (lost > 0)
        {
            _profile.Samples.Add([(nuint)PseudoFrame.LostSamples], LabelSet.Empty, lost, lost * _period);
            _profile.Gaps.LostSamples = lost;
        }

        _account.AddSamples(lost);
        long unseen = _account.Unseen(cpu);
        if (unseen > 0)
        {
            _profile.Samples.Add([(nuint)PseudoFrame.Unsampled], LabelSet.Empty, Math.Max(1, unseen / _period), unseen);
        }

        _profile.Gaps.SamplesWithoutLabels = _unknownLabels;
        _profile.Gaps.ThreadsWithoutTimer = threads.WithoutTimer;
    }
}

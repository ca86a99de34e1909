using System.Diagnostics;
using Pprof.Labels;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Symbols.CoreClr;
using Pprof.Unwinding;

namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// The life of one sampling: a subscription to the runtime's samples, and a thread that reads the CPU clocks of the threads that
/// they show. Several can run at the same time.
/// </summary>
internal sealed class EventCpuSession : OwnThreadSampling
{
    private const int NanosecondsPerSecond = 1_000_000_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_shortestInterval = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly CpuWeighing _weighing;
    private readonly EventWatch _watch;
    private readonly ICpuSink _sink;
    private readonly int _rate;
    private readonly string _description;
    private readonly Action _ended;
    private volatile bool _isWanted = true;

    /// <param name="feed">Where the events come from.</param>
    /// <param name="clock">What threads have used.</param>
    /// <param name="rate">Samples per second of CPU time.</param>
    /// <param name="sink">Gets the samples.</param>
    /// <param name="description">What the source is.</param>
    /// <param name="ended">Called when everything has been given back.</param>
    public EventCpuSession(EventFeed feed, ThreadCpuClock clock, int rate, ICpuSink sink, string description, Action ended)
    {
        _sink = sink;
        _rate = rate;
        _description = description;
        _ended = ended;
        _weighing = new CpuWeighing(NanosecondsPerSecond / rate, clock.Nanoseconds, sink);
        _watch = new EventWatch(feed, new Consumer(this), () => _isWanted ? [SampleProfiler.Request] : []);
    }

    private static long Now => Nanoseconds(Stopwatch.GetTimestamp());

    /// <summary>Starts its thread.</summary>
    /// <exception cref="SamplingRefusedException">The process can have no more.</exception>
    public void Start()
    {
        try
        {
            StartThread();
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            _ended();
            throw new SamplingRefusedException(OwnThreads.WhyNone("reads the samples"), e);
        }
    }

    /// <inheritdoc/>
    protected override CpuCoverage Sample()
    {
        // No thread of the pool is needed: each task that is waited for completes on a thread of this package.
        LabelHistory.Open();
        try
        {
            return SampleUntilStopped();
        }
        finally
        {
            _isWanted = false;
            _watch.UpdateAsync().Wait();
            LabelHistory.Close();
            _ended();
        }
    }

    private CpuCoverage SampleUntilStopped()
    {
        _watch.UpdateAsync().Wait();
        Refuse(_watch.Failure);
        LookForThreads();
        TimeSpan startCpu;
        long start;
        lock (_gate)
        {
            _sink.Begin(NanosecondsPerSecond / _rate);
            startCpu = Environment.CpuUsage.TotalTime;
            start = Now;
            _weighing.Begin(start);
        }

        SetStarted();
        TimeSpan interval = TimeSpan.FromSeconds(1.0 / _rate);
        interval = interval < s_shortestInterval ? s_shortestInterval : interval > s_longestInterval ? s_longestInterval : interval;
        while (!Stop.Wait(interval))
        {
            lock (_gate)
            {
                _weighing.Read(Now);
            }
        }

        long end;
        TimeSpan cpu;
        lock (_gate)
        {
            end = Now;
            _weighing.End(end);
            cpu = Environment.CpuUsage.TotalTime - startCpu;
        }

        _watch.FlushAsync().Wait();
        string? failure = _watch.Failure;
        lock (_gate)
        {
            return new CpuCoverage
            {
                Source = _description,
                Duration = TimeSpan.FromTicks((end - start) / TimeSpan.NanosecondsPerTick),
                UnseenNanoseconds = _weighing.Settle((long)cpu.TotalNanoseconds),
                SamplesWithoutLabels = _weighing.SamplesWithoutLabels,
                SharedNames = PassingMethod.SharedNames,
                LostEvents = _watch.Lost,
                Failure = failure,
            };
        }
    }

    /// <summary>
    /// Waits until the samples have shown the threads that there are, which are all in each round of the runtime's: of each, the clock
    /// is read from the beginning.
    /// </summary>
    private void LookForThreads()
    {
        long start = Stopwatch.GetTimestamp();
        while (!HasThreads() || !_watch.FlushAsync().Result)
        {
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                // With some of them it goes on: the others come later, and less exactly.
                Refuse(HasThreads() ? null : _watch.Failure ?? "the runtime's sample profiler delivers no samples; try again when the machine is less busy");
                return;
            }

            if (Stop.Wait(s_look))
            {
                return;
            }
        }
    }

    private bool HasThreads()
    {
        lock (_gate)
        {
            return _weighing.ThreadCount > 0;
        }
    }

    private static void Refuse(string? reason)
    {
        if (reason is not null)
        {
            throw new SamplingRefusedException(reason);
        }
    }

    // The clock's unit is the nanosecond everywhere but on Windows.
    private static long Nanoseconds(long timestamp) =>
        Stopwatch.Frequency == NanosecondsPerSecond ? timestamp : (long)((Int128)timestamp * NanosecondsPerSecond / Stopwatch.Frequency);

    private static long Timestamp(long nanoseconds) =>
        Stopwatch.Frequency == NanosecondsPerSecond ? nanoseconds : (long)((Int128)nanoseconds * Stopwatch.Frequency / NanosecondsPerSecond);

    private static LabelSet? LabelsOf(int systemId, long nanoseconds) =>
        ThreadLabels.TryFind(systemId, Timestamp(nanoseconds), out PushedLabels? labels) ? labels?.Labels ?? LabelSet.Empty : null;

    private sealed class Consumer(EventCpuSession session) : EventConsumer
    {
        private readonly WaitingCode _waiting = new(NativeMethodLookup.Find);
        private readonly LabelFrames _labels = new(NativeMethodLookup.Find);
        private readonly PassingFrames _passing = new();

        public override void OnEvent(in RuntimeEvent data)
        {
            SampledActivity activity = new ThreadSample(data).IsManaged ? SampledActivity.Managed
                : _waiting.Contains(data.Frames) ? SampledActivity.Waiting
                : SampledActivity.Native;
            ReadOnlySpan<nuint> frames = _passing.Of(data.Frames[_labels.Count(data.Frames)..]);
            lock (session._gate)
            {
                session._weighing.Add(data.SystemId, Nanoseconds(data.Timestamp), Now, activity, frames, LabelsOf);
            }
        }

        public override void OnLost(long count)
        {
            // Counted by the watch. The CPU time is that of the samples which came.
        }
    }
}

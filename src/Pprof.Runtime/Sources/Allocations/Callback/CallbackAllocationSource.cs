using System.Diagnostics;
using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.EventPipe;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// CoreCLR on Linux: the runtime calls on the thread that allocates. One thread of this package begins and ends the
/// sampling, reads the samples, and finds out which sampled objects are dead. It is there while there is something to do.
/// </summary>
/// <remarks>
/// Once attached, the callback stays for the life of the process: a library that is unloaded while the runtime may be in it
/// is the one thing that would end the process. What ends is the runtime's session, without which nothing is called.
/// </remarks>
internal sealed class CallbackAllocationSource : AllocationSource
{
    // A service that has just started has its first requests to answer. Who asks for a profile does not wait for this.
    private static readonly TimeSpan s_startPause = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    // Dead objects are looked for no more than a hundredth of the time.
    private const int SweepShare = 100;

    // One for each process, whoever samples.
    private static AllocationRing? s_memory;
    private static string? s_mismatch;
    private static bool s_isTested;

    private readonly Lock _gate = new();
    private readonly IAllocationSink _sink;
    private readonly LiveObjects _live;
    private readonly Func<AllocationRing, string?> _selfTest;
    private List<TaskCompletionSource> _waiting = [];
    private bool _isStarted;
    private bool _isRunning;
    private int _windows;
    private volatile string? _failure;
    private long _failed;
    private volatile AllocationCoverage _coverage = new();

    // The thread's own.
    private AllocationReader? _reader;
    private SamplingRate? _rate;
    private bool _isSampling;
    private DateTime? _since;
    private long _askedRate;
    private long _lost;
    private int _sweptCollections;
    private long _swept;
    private TimeSpan _sweepPause = s_pause;

    /// <param name="sink">Gets the samples.</param>
    /// <param name="selfTest">Another test of the runtime than <see cref="CallbackSelfTest"/>.</param>
    public CallbackAllocationSource(IAllocationSink sink, Func<AllocationRing, string?>? selfTest = null)
    {
        _sink = sink;
        _live = new LiveObjects(sink);
        _selfTest = selfTest ?? (static memory => s_isTested ? s_mismatch : new CallbackSelfTest(memory).Run());
        SamplesAlways.Changed += PassAsync;
        IsOff.Changed += PassAsync;
        Rate.Changed += PassAsync;
    }

    /// <inheritdoc/>
    public override string? UnsupportedReason =>
        IsOff.IsOn ? "the memory profiles are switched off (MemoryProfile = Off); set it to Sampled or OnDemand"
        : Environment.Version.Major < 10 ? "the memory profiles need .NET 10 or later, whose runtime tells of sampled allocations"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64)
            ? $"the memory profiles work on x64 and Arm64 processes, and this one is {RuntimeInformation.ProcessArchitecture}"
        : s_mismatch is { } mismatch ? MismatchText(mismatch)
        : s_memory is { IsAttached: true } ? null
        : ProfilerAttachment.UnsupportedReason;

    /// <inheritdoc/>
    public override string? Failure => _failure;

    /// <inheritdoc/>
    public override AllocationCoverage Coverage
    {
        get
        {
            // What is asked for holds before the thread has heard of it, or where there has never been one.
            AllocationCoverage coverage = _coverage;
            long rate = Math.Max(SamplingRate.RuntimePeriod, Rate.Value);
            return coverage with
            {
                Rate = rate,
                ThinnedRate = coverage.ThinnedRate > rate ? coverage.ThinnedRate : 0,
                IsOnDemand = !SamplesAlways.IsOn,
            };
        }
    }

    /// <summary>The weak handles that are held.</summary>
    internal int Handles => _live.Count;

    private bool IsWanted => (_windows > 0 || (_isStarted && SamplesAlways.IsOn)) && Rate.IsOn && !IsOff.IsOn;

    /// <inheritdoc/>
    public override void Start()
    {
        lock (_gate)
        {
            _isStarted = true;
        }

        if (SamplesAlways.IsOn)
        {
            DiagnosticPort.Keep();
            OwnPool.Instance.Run(PassLaterAsync);
        }
    }

    /// <inheritdoc/>
    public override Task OpenAsync()
    {
        lock (_gate)
        {
            _windows++;
        }

        return PassAsync();
    }

    /// <inheritdoc/>
    public override Task CloseAsync()
    {
        lock (_gate)
        {
            _windows--;
        }

        return PassAsync();
    }

    /// <inheritdoc/>
    public override Task<bool> FlushAsync() => PassAsync().WithinAsync(s_patience);

    /// <summary>Lets the runtime be tested again, after a test of this package made it fail.</summary>
    internal static void ForgetMismatch() => s_mismatch = null;

    private static string MismatchText(string mismatch) =>
        $"the runtime is not as the memory profiles expect it: {mismatch}; another release of .NET or of this package may help";

    private async Task PassLaterAsync()
    {
        await OwnClock.DelayAsync(s_startPause, CancellationToken.None);
        await PassAsync();
    }

    /// <summary>Completes when the thread has done, from the beginning, everything that there is to do now.</summary>
    private Task PassAsync()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (!_isRunning && (!IsWanted || UnsupportedReason is not null || (_failure is not null && Stopwatch.GetElapsedTime(_failed) < s_retryPause)))
            {
                return Task.CompletedTask;
            }

            _waiting.Add(done);
            if (!_isRunning)
            {
                try
                {
                    OwnThreads.Start("pprof heap", Run);
                    _isRunning = true;
                }
                catch (Exception e) when (e is OutOfMemoryException or ThreadStartException)
                {
                    Fail("the system has no thread that could read the samples of allocations");
                    _waiting.Remove(done);
                    return Task.CompletedTask;
                }
            }
        }

        s_memory?.WakeReader();
        return done.Task;
    }

    private void Run()
    {
        List<TaskCompletionSource> passes = [];
        try
        {
            while (TryTakePasses(ref passes, out bool isWanted))
            {
                Follow(isWanted);
                if (_reader is not null)
                {
                    Read(mustSweep: passes.Count > 0);
                }

                Publish();
                passes.ForEach(static pass => pass.TrySetResult());
                passes.Clear();
                Wait();
            }
        }
        catch (Exception e)
        {
            // Nothing is known that could be. The application goes on without these profiles.
            s_mismatch = e.Message;
            Fail(MismatchText(e.Message));
            if (_isSampling)
            {
                _isSampling = false;
                s_memory!.Stop();
            }
        }
        finally
        {
            lock (_gate)
            {
                _isRunning = false;
                passes.AddRange(_waiting);
                _waiting.Clear();
            }

            passes.ForEach(static pass => pass.TrySetResult());
        }
    }

    /// <summary>What waits for a pass; false, and nobody can ask for one any more, where there is nothing to do.</summary>
    private bool TryTakePasses(ref List<TaskCompletionSource> passes, out bool isWanted)
    {
        lock (_gate)
        {
            isWanted = IsWanted;
            if (_waiting.Count == 0 && !_isSampling && _live.Count == 0 && (!isWanted || _failure is not null))
            {
                _isRunning = false;
                return false;
            }

            (passes, _waiting) = (_waiting, passes);
            return true;
        }
    }

    private void Follow(bool isWanted)
    {
        if (isWanted && !_isSampling)
        {
            Begin();
        }
        else if (!isWanted && _isSampling)
        {
            End();
        }

        if (_isSampling && Rate.Value is > 0 and long rate && rate != _askedRate)
        {
            _askedRate = rate;
            _rate!.Set(rate);
        }
    }

    private void Begin()
    {
        if (s_mismatch is null && TryAttach(out AllocationRing? memory))
        {
            int result = memory.Start();
            string? mismatch = result < 0 ? $"no session of events began (0x{result:x8})" : _selfTest(memory);
            if (mismatch is not null)
            {
                memory.Stop();
                s_mismatch = mismatch;
                Fail(MismatchText(mismatch));
                return;
            }

            s_isTested = true;
            _failure = null;
            _rate ??= new SamplingRate(memory);
            _reader ??= new AllocationReader(_sink, _live, _rate);
            _askedRate = Rate.Value;
            _rate.Set(_askedRate);
            _since ??= DateTime.UtcNow;
            _isSampling = true;
        }
    }

    private bool TryAttach([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out AllocationRing? memory)
    {
        memory = s_memory ??= AllocationRing.TryCreate();
        if (memory is null)
        {
            Fail("mmap(2) refused the memory for the samples of allocations; give the process more memory");
            return false;
        }

        if (!memory.IsAttached && ProfilerAttachment.Attach(memory) is { } reason)
        {
            Fail(reason);
            return false;
        }

        return true;
    }

    private void End()
    {
        s_memory!.Stop();
        _isSampling = false;
        _ = s_memory.Drain(_reader!);
        if (!SamplesAlways.IsOn || IsOff.IsOn)
        {
            // What a window saw is nobody's any more.
            _live.Clear();
            _sink.Clear();
            _since = null;
            _lost = 0;
        }
    }

    private void Read(bool mustSweep)
    {
        int collections = GC.CollectionCount(0);
        _reader!.Collections = collections;
        int count = s_memory!.Drain(_reader);
        _lost += _reader.ReadLost(s_memory);
        _reader.Refresh();
        if (_isSampling)
        {
            _rate!.Adapt(count);
        }

        if (mustSweep || (collections != _sweptCollections && Stopwatch.GetElapsedTime(_swept) > _sweepPause))
        {
            long start = Stopwatch.GetTimestamp();
            _live.Sweep(collections);
            _sweptCollections = collections;
            _swept = Stopwatch.GetTimestamp();
            TimeSpan pause = Stopwatch.GetElapsedTime(start, _swept) * SweepShare;
            _sweepPause = pause > s_pause ? pause : s_pause;
        }
    }

    private void Publish() => _coverage = new AllocationCoverage { Since = _since, ThinnedRate = _rate?.Largest ?? 0, LostSamples = _lost };

    private void Wait()
    {
        if (s_memory is not { } memory)
        {
            return;
        }

        memory.AnnounceWait();
        lock (_gate)
        {
            if (_waiting.Count > 0 || (!_isSampling && _live.Count == 0))
            {
                return;
            }
        }

        memory.WaitForRecords(s_pause);
    }

    private void Fail(string reason)
    {
        _failure = reason;
        _failed = Stopwatch.GetTimestamp();
    }
}

using System.Diagnostics;
using Pprof.Sources.CpuTime;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Symbols.Managed;
using Pprof.Unwinding;

namespace Pprof.Sources.Trace;

/// <summary>
/// Stacks that queue work. The runtime would look at each, which is most of what its events cost. Here the thread sends
/// itself the signal of the CPU profile, whose handler copies its stack, and not every time: first of objects that have not
/// been seen, as the same object is queued from the same place most of the time, and no more than so many a second.
/// </summary>
internal sealed class WorkStacks : ISampleReader, IDisposable
{
    private const int Slots = 1024;
    private const int MaxPerSecond = 500;
    private const int MaxAtOnce = 256;
    private const int Known = 1 << 12;

    // Of work that is known one in so many is looked at again. A power of two.
    private const int OneIn = 64;
    private const int MaxAddresses = 1 << 16;
    private const string Listening = "System.Diagnostics.Tracing.";

    private readonly SampleBuffer _buffer;
    private readonly StackUnwinder _unwinder = new();
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly Dictionary<int, nuint[]> _stacks = [];
    private readonly ManagedSymbols _symbols = ManagedSymbols.Create();
    private readonly Dictionary<nuint, bool> _listening = [];

    // By hash code, without any order between threads: what is overwritten is looked at once more.
    private readonly int[] _known = new int[Known];
    private int _lastNumber;
    private long _budgetSince = Stopwatch.GetTimestamp();
    private int _budget = MaxAtOnce;

    private WorkStacks(SampleBuffer buffer) => _buffer = buffer;

    /// <summary>Makes ready; null where the handler cannot be used.</summary>
    public static WorkStacks? TryCreate()
    {
        try
        {
            return OperatingSystem.IsLinux() && new SignalCpuSource().UnsupportedReason is null && SignalHandler.TryInstall() is null
                && SampleBuffer.TryCreate(Slots) is { } buffer
                ? new WorkStacks(buffer)
                : null;
        }
        catch (SamplingRefusedException)
        {
            return null;
        }
    }

    /// <summary>Looks at the stack of the current thread, or not.</summary>
    /// <returns>Its number; 0 where it was not looked at.</returns>
    public int Capture(int thread, int hashCode, long timestamp)
    {
        ref int known = ref _known[hashCode & (Known - 1)];
        if ((known == hashCode && (timestamp & (OneIn - 1)) != 0) || !TrySpend(timestamp))
        {
            return 0;
        }

        known = hashCode;
        int number = (Interlocked.Increment(ref _lastNumber) % (SampleBuffer.MaxThreads - 1)) + 1;
        return ThreadSignal.Send(thread, _buffer.SignalValue(number)) ? number : 0;
    }

    /// <summary>Collects the stacks that threads have copied. Called by the thread that reads.</summary>
    public void Collect()
    {
        // Those of work that was lost nobody takes.
        if (_stacks.Count > MaxPerSecond * 10)
        {
            _stacks.Clear();
        }

        _buffer.Drain(this);
    }

    /// <summary>A stack that was collected, leaf first: that which queued the work. Each is there once.</summary>
    public ReadOnlySpan<nuint> Take(int number) => _stacks.Remove(number, out nuint[]? frames) ? frames : [];

    /// <inheritdoc/>
    public void Read(in CapturedSample sample, ReadOnlySpan<nuint> stack, ReadOnlySpan<nuint> chain)
    {
        RegisterState registers = sample.ToRegisters();
        var memory = new StackMemory(sample.Sp, stack, chain, stack.Length == SampleBuffer.MaxStackWords, chain.Length == SampleBuffer.MaxChainWords);
        int count = _unwinder.Unwind(in registers, sample.Pc, in memory, _frames);
        _stacks[(int)sample.Thread] = _frames[IndexOfQueueing(_frames.AsSpan(0, count))..count];
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    /// <summary>The frame behind those in which the thread tells of it. None where the stack could not be followed that far.</summary>
    private int IndexOfQueueing(ReadOnlySpan<nuint> frames)
    {
        int i = 0;
        while (i < frames.Length && !IsListening(frames[i]))
        {
            i++;
        }

        while (i < frames.Length && IsListening(frames[i]))
        {
            i++;
        }

        return i;
    }

    private bool IsListening(nuint address)
    {
        if (!_listening.TryGetValue(address, out bool isListening))
        {
            if (_listening.Count == MaxAddresses)
            {
                _listening.Clear();
            }

            isListening = _symbols.Resolve(address)?.Name.StartsWith(Listening, StringComparison.Ordinal) == true;
            _listening.Add(address, isListening);
        }

        return isListening;
    }

    // Not exact between threads.
    private bool TrySpend(long timestamp)
    {
        long since = Volatile.Read(ref _budgetSince);
        long earned = (timestamp - since) * MaxPerSecond / Stopwatch.Frequency;
        if (earned > 0 && Interlocked.CompareExchange(ref _budgetSince, timestamp, since) == since)
        {
            Volatile.Write(ref _budget, (int)Math.Min(MaxAtOnce, Math.Max(0, Volatile.Read(ref _budget)) + earned));
        }

        return Interlocked.Decrement(ref _budget) >= 0;
    }
}

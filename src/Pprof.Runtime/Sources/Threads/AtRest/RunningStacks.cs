using Pprof.Process;
using Pprof.Sources.CpuTime;
using Pprof.Sources.CpuTime.Signals;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>What a thread wrote down of itself.</summary>
internal delegate void CapturedThread(int systemId, in RegisterState registers, nuint pc, in StackMemory memory);

/// <summary>
/// Finds the stacks of threads that run: each gets the signal of the CPU profile once, whose handler copies registers and
/// stack. Not safe for concurrent use.
/// </summary>
internal sealed class RunningStacks : ISampleReader, IDisposable
{
    private const int MinSlots = 256;
    private const int MaxSlots = 1024;

    private readonly SampleBuffer _buffer;
    private readonly List<int> _threads = [0];
    private readonly HashSet<int> _signalled = [];
    private readonly HashSet<int> _withBounds = [];
    private ProcessMap? _map;
    private CapturedThread? _captured;

    private RunningStacks(SampleBuffer buffer) => _buffer = buffer;

    /// <summary>Makes ready to signal so many threads; null where no thread can be.</summary>
    public static RunningStacks? TryOpen(HashSet<int> threads)
    {
        try
        {
            return SignalHandler.UnsupportedReason is null
                && SignalHandler.TryInstall() is null
                && SampleBuffer.TryCreate(Math.Clamp(threads.Count, MinSlots, MaxSlots)) is { } buffer
                    ? new RunningStacks(buffer)
                    : null;
        }
        catch (SamplingRefusedException)
        {
            return null;
        }
    }

    /// <summary>Signals those of the threads that have not been, as many as the buffer has room for.</summary>
    public void Signal(HashSet<int> running)
    {
        int room = _buffer.SlotCount - _signalled.Count(running.Contains);
        foreach (int systemId in running)
        {
            if (room <= 0 || _threads.Count >= SampleBuffer.MaxThreads)
            {
                return;
            }

            // To one that blocks it for ever it would be pending for ever.
            if (!_signalled.Contains(systemId) && !SignalMask.Blocks(systemId, SignalHandler.Signal) && Send(systemId))
            {
                _signalled.Add(systemId);
                room--;
            }
        }
    }

    /// <summary>Whether one of the threads has a signal under way.</summary>
    public bool Awaits(HashSet<int> running) => running.Overlaps(_signalled);

    /// <summary>Hands over what the threads have written down since the last call.</summary>
    public void Drain(CapturedThread captured)
    {
        _captured = captured;
        _buffer.Drain(this);
    }

    /// <inheritdoc/>
    public void Read(in CapturedSample sample, ReadOnlySpan<nuint> stack, ReadOnlySpan<nuint> chain)
    {
        int systemId = _threads[(int)sample.Thread];
        bool isCut = stack.Length == SampleBuffer.MaxStackWords;

        // The handler follows a stack beyond its copy where it knows where the stack ends.
        if (isCut && chain.IsEmpty && TrySetBounds((int)sample.Thread, systemId, sample.Sp) && SendTo((int)sample.Thread))
        {
            return;
        }

        RegisterState registers = sample.ToRegisters();
        var memory = new StackMemory(sample.Sp, stack, chain, isCut, chain.Length == SampleBuffer.MaxChainWords);
        _captured!(systemId, in registers, sample.Pc, in memory);
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private bool TrySetBounds(int number, int systemId, nuint stackPointer)
    {
        _map ??= ProcessMap.Read();
        if (!_withBounds.Add(systemId) || _map.Find(stackPointer) is not { IsReadable: true, IsWritable: true } region)
        {
            return false;
        }

        _buffer.SetBounds(number, region.Start, region.Limit, isFirstThread: region.Path == "[stack]");
        return true;
    }

    private bool Send(int systemId)
    {
        _threads.Add(systemId);
        _buffer.ClearBounds(_threads.Count - 1);
        return SendTo(_threads.Count - 1);
    }

    private bool SendTo(int number) => ThreadSignal.Send(_threads[number], _buffer.SignalValue(number));
}

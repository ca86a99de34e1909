using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// The memory that the signal handler of one session writes into and its reader reads: <c>session</c> in handler.c.
/// Samples stand in slots of a fixed size. A handler takes the first that is free, so that slots which are never needed
/// never take memory.
/// </summary>
internal sealed unsafe class SampleBuffer : IDisposable
{
    /// <summary>Words of a stack that a slot holds: where there are as many, the stack goes on.</summary>
    public const int MaxStackWords = (SlotBytes - HeaderBytes - ChainBytes) / 8;

    /// <summary>Words of a frame-pointer chain that a slot holds.</summary>
    public const int MaxChainWords = ChainPairs * 2;

    /// <summary>Threads that can be numbered at one time. Number 0 stands for those without a timer.</summary>
    public const int MaxThreads = 1 << 16;

    // Sizes of handler.c.
    private const int SlotBytes = 65536;
    private const int HeaderBytes = 256;
    private const int ChainPairs = 508;
    private const int ChainBytes = ChainPairs * 16;
    private const int SessionBytes = 4096;
    private const nuint FirstThread = 1;
    private const int MinSlots = 256;
    private const uint SlotFree = 0;
    private const uint SlotReady = 2;

    private readonly byte* _memory;
    private readonly nuint _length;
    private readonly uint* _states;
    private readonly Bounds* _bounds;
    private readonly byte* _slots;
    private readonly int _number;
    private bool _registered = true;

    private SampleBuffer(byte* memory, nuint length, int slotCount, uint cookie)
    {
        _memory = memory;
        _length = length;
        nuint states = SessionBytes;
        nuint bounds = states + PageAligned((nuint)slotCount * sizeof(uint));
        nuint slots = bounds + PageAligned((nuint)(MaxThreads * sizeof(Bounds)));
        _states = (uint*)(memory + states);
        _bounds = (Bounds*)(memory + bounds);
        _slots = memory + slots;
        SlotCount = slotCount;
        Cookie = cookie;
        *(Session*)memory = new Session
        {
            Cookie = cookie,
            Pid = (ulong)Environment.ProcessId,
            SlotCount = (ulong)slotCount,
            StatesOffset = states,
            BoundsOffset = bounds,
            SlotsOffset = slots,
            BoundsCount = MaxThreads,
        };
        _number = SignalHandler.Register(memory);
    }

    /// <summary>The samples that the buffer holds.</summary>
    public int SlotCount { get; }

    /// <summary>Periods that found no free slot.</summary>
    public long Lost => Volatile.Read(ref *(long*)&((Session*)_memory)->Lost);

    private uint Cookie { get; }

    /// <summary>Makes a buffer of <paramref name="slotCount"/> slots and shows it to the handler.</summary>
    /// <returns>The buffer, or null when the handler knows as many sessions as it can.</returns>
    /// <exception cref="SamplingRefusedException">The kernel refused the memory.</exception>
    public static SampleBuffer? TryCreate(int slotCount)
    {
        nuint length;
        byte* memory;
        do
        {
            length = SessionBytes + PageAligned((nuint)slotCount * sizeof(uint))
                + PageAligned((nuint)(MaxThreads * sizeof(Bounds))) + ((nuint)slotCount * SlotBytes);
            memory = (byte*)Libc.Map(null, length, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        }
        while (memory == Libc.MapFailed && (slotCount /= 4) >= MinSlots);

        if (memory == Libc.MapFailed)
        {
            throw new SamplingRefusedException(
                $"mmap(2) refused {length >> 20} MB of address space for the samples; raise the limit of the process (ulimit -v) or of the system (vm.overcommit_memory)");
        }

        // The cookie tells this session's signals from those of an earlier one in the same place of the table.
        var buffer = new SampleBuffer(memory, length, slotCount, (uint)Random.Shared.NextInt64(1, uint.MaxValue));
        if (buffer._number >= 0)
        {
            return buffer;
        }

        _ = Libc.Unmap(memory, length);
        return null;
    }

    /// <summary>What the timer of thread <paramref name="number"/> carries in its signals.</summary>
    public ulong SignalValue(int number) => ((ulong)Cookie << 32) | ((ulong)(uint)_number << 24) | (uint)number;

    /// <summary>Whether the stack of thread <paramref name="number"/> is known.</summary>
    public bool HasBounds(int number, nuint stackPointer) =>
        stackPointer >= _bounds[number].Low && stackPointer < (_bounds[number].High & ~FirstThread);

    /// <summary>
    /// Lets the handler read the stack of thread <paramref name="number"/> directly, within a region of memory. The
    /// stack of the first thread is all of its region; that of another ends where its control block begins.
    /// </summary>
    public void SetBounds(int number, nuint low, nuint high, bool isFirstThread)
    {
        ClearBounds(number);
        Volatile.Write(ref _bounds[number].Low, low);
        Volatile.Write(ref _bounds[number].High, isFirstThread ? high | FirstThread : high);
    }

    /// <summary>Makes the handler leave the stack of thread <paramref name="number"/> to the kernel.</summary>
    public void ClearBounds(int number) => Volatile.Write(ref _bounds[number].High, 0);

    /// <summary>
    /// Tells the handler where thread <paramref name="number"/> keeps the number of its label set; 0 where it has none.
    /// </summary>
    public void SetLabels(int number, nint word) => Volatile.Write(ref _bounds[number].Labels, word);

    /// <summary>Hands every sample that is ready to <paramref name="reader"/> and frees its slot.</summary>
    public void Drain(ISampleReader reader)
    {
        for (int i = 0; i < SlotCount; i++)
        {
            if (Volatile.Read(ref _states[i]) != SlotReady)
            {
                continue;
            }

            byte* slot = _slots + ((nint)i * SlotBytes);
            var sample = (CapturedSample*)slot;
            reader.Read(
                in *sample,
                new ReadOnlySpan<nuint>(slot + HeaderBytes + ChainBytes, (int)(sample->StackBytes / 8)),
                new ReadOnlySpan<nuint>(slot + HeaderBytes, (int)sample->ChainPairs * 2));
            Volatile.Write(ref _states[i], SlotFree);
        }
    }

    /// <summary>
    /// Hides the buffer from the handler; samples that it wrote before can still be drained. False when a handler is
    /// stuck in the buffer, whose memory is then never freed.
    /// </summary>
    public bool Close()
    {
        if (_registered)
        {
            _registered = false;
            Quiet = SignalHandler.Unregister(_number, TimeSpan.FromSeconds(10));
        }

        return Quiet;
    }

    private bool Quiet { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Close())
        {
            _ = Libc.Unmap(_memory, _length);
        }
    }

    private static nuint PageAligned(nuint bytes) => (bytes + 4095) & ~(nuint)4095;

    [StructLayout(LayoutKind.Sequential)]
    private struct Bounds
    {
        public nuint Low;
        public nuint High;
        public nint Labels;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Session
    {
        public ulong Cookie;
        public ulong Pid;
        public ulong SlotCount;
        public ulong Lost;
        public nuint StatesOffset;
        public nuint BoundsOffset;
        public nuint SlotsOffset;
        public ulong BoundsCount;
    }
}

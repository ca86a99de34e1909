using System.Numerics;
using System.Runtime.InteropServices;
using Pprof.Labels;
using Pprof.Process;

namespace Pprof.Sources.Allocations;

/// <summary>
/// The memory that who sees allocations writes into and a reader reads: <c>control</c> in ring.h, and the ring behind it.
/// There is one for each process, and it is never freed: a thread may be writing at any time. Waits, and the new threads of a
/// NativeAOT program, have one of their own each.
/// </summary>
internal sealed unsafe class AllocationRing
{
    /// <summary>The classes of sizes of which each has a chance of its own: four for each power of 2.</summary>
    public const int SizeClasses = 256;

    /// <summary>Why there is none.</summary>
    public const string NoMemory = "mmap(2) refused the memory for the samples of allocations; give the process more memory";

    private const int ControlBytes = 16384;
    private const int RingBytes = 2 << 20;
    private const int PressureSteps = 12;

    // A record begins at a multiple of it, and wherever one may begin there must be 0 before it is written: UNIT in ring.h.
    private const int Unit = 512;

    // futex(2): FUTEX_WAIT and FUTEX_WAKE, both with FUTEX_PRIVATE_FLAG.
    private const int Wait = 0 | 128;
    private const int Wake = 1 | 128;

    private readonly Control* _control;
    private readonly byte* _ring;

    private AllocationRing(Control* control)
    {
        _control = control;
        _ring = (byte*)control + ControlBytes;
        control->Ring = _ring;
        control->RingBytes = RingBytes;
        control->FirstStackEnd = ProcessMap.Read().Regions.FirstOrDefault(static region => region.Path == "[stack]")?.Limit ?? 0;
    }

    /// <summary>The address, for who is to write.</summary>
    public nint Address => (nint)_control;

    /// <summary>Whether somebody has taken it to write into.</summary>
    public bool IsAttached => Volatile.Read(ref _control->Attached) != 0;

    /// <summary>Whether the last <see cref="Start"/> failed.</summary>
    public bool HasNotBegun { get; private set; }

    /// <summary>Bytes between two points of a thread on average, where they are chosen here.</summary>
    public ulong Period
    {
        get => Volatile.Read(ref _control->Period);
        set => Volatile.Write(ref _control->Period, value);
    }

    /// <summary>Whether records say which thread they are of, and when they were made: two system calls for each.</summary>
    public bool TellsThread
    {
        get => Volatile.Read(ref _control->TellsThread) != 0;
        set => Volatile.Write(ref _control->TellsThread, value ? 1u : 0);
    }

    /// <summary>Whether records say for which route of a request the thread worked: a system call for each.</summary>
    public bool TellsRoute
    {
        get => Volatile.Read(ref _control->Words) != 0;
        set => Volatile.Write(ref _control->Words, value ? WordTable.Address : 0);
    }

    /// <summary>Which waits are to be recorded; <see cref="Start"/> makes it so. What the number means who writes knows.</summary>
    public uint Watched
    {
        get => Volatile.Read(ref _control->Watched);
        set => Volatile.Write(ref _control->Watched, value);
    }

    /// <summary>Where the callback of waits keeps what threads wait for; 0 where it is not there. What lies there <c>WaitSlots</c> knows.</summary>
    public nint Slots => Volatile.Read(ref _control->Slots);

    /// <summary>The pointer of the current thread, by which that callback knows threads; where <see cref="Slots"/> is there.</summary>
    public nuint OwnPointer => _control->OwnPointer();

    /// <summary>Allocations of which the runtime told.</summary>
    public long Delivered => Volatile.Read(ref *(long*)&_control->Delivered);

    /// <summary>Samples for which the runtime had no handle.</summary>
    public long WithoutHandle => Volatile.Read(ref *(long*)&_control->WithoutHandle);

    /// <summary>Whether so much of it is in use that who writes wakes the reader: <c>wake_reader</c> in ring.h.</summary>
    public bool IsFilling => UsedBytes > RingBytes / 4;

    /// <summary>By how many powers of 2 fewer samples are taken because of how full it is: <c>pressure</c> in ring.h.</summary>
    public int Pressure => UsedBytes <= RingBytes / 2 ? 0 : (int)(1 + ((UsedBytes - (RingBytes / 2)) * PressureSteps / (RingBytes / 2)));

    /// <summary>Bytes of the ring that are in use.</summary>
    public long UsedBytes => (long)(Head - Tail);

    /// <summary>The bytes that were ever taken in the ring: where the next record will be.</summary>
    public ulong Head => Volatile.Read(ref _control->Head);

    /// <summary>Where, in the same measure, the record is that is handed to a reader.</summary>
    public ulong Tail => _control->Tail;

    /// <summary>The chances of 2^32 with which a sample of each size class is taken.</summary>
    public Span<uint> Keep => new(_control->Keep, SizeClasses);

    /// <summary>Samples that found no room, by size class. Who writes adds to it.</summary>
    public Span<long> LostObjects => new(_control->LostObjects, SizeClasses);

    /// <summary>Their sizes.</summary>
    public Span<long> LostBytes => new(_control->LostBytes, SizeClasses);

    /// <summary>Records that found no room, of any size class.</summary>
    public long Lost
    {
        get
        {
            long lost = 0;
            foreach (long count in LostObjects)
            {
                lost += count;
            }

            return lost;
        }
    }

    /// <summary>Makes it. Null where the kernel refuses the memory.</summary>
    public static AllocationRing? TryCreate()
    {
        void* memory = Libc.Map(null, ControlBytes + RingBytes, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        return memory == Libc.MapFailed ? null : new AllocationRing((Control*)memory);
    }

    /// <summary>The one in memory that somebody else owns, and writes into already.</summary>
    public static AllocationRing At(nint address) => new((Control*)address);

    /// <summary>The class of a size, as ring.h has it.</summary>
    public static int ClassOf(ulong size)
    {
        size = Math.Max(8, size);
        int power = BitOperations.Log2(size);
        return (power * 4) + (int)((size >> (power - 2)) & 3);
    }

    /// <summary>The smallest size of a class.</summary>
    public static ulong SizeOf(int sizeClass) => (ulong)(4 + (sizeClass & 3)) << Math.Max(0, (sizeClass / 4) - 2);

    /// <summary>Tells who writes a quicker way to the time than a system call: clock_gettime(2) of the C library; 0 for none.</summary>
    public void UseClock(nint function) => Volatile.Write(ref _control->Clock, function);

    /// <summary>
    /// Tells who writes where the runtime's own code is, by a function of it: stacks are copied from where the runtime was
    /// called on.
    /// </summary>
    public void LearnRuntime()
    {
        if (_control->RuntimeBytes == 0 && _control->Info is var info && info is not null && ProcessMap.Read().Find(**info) is { IsExecutable: true } code)
        {
            _control->RuntimeStart = code.Start;
            Volatile.Write(ref _control->RuntimeBytes, code.Limit - code.Start);
        }
    }

    /// <summary>Takes samples of one thread only; 0 for all.</summary>
    public void Restrict(uint systemThreadId) => Volatile.Write(ref _control->OnlyThread, systemThreadId);

    /// <summary>What to say where <see cref="Start"/> failed.</summary>
    /// <param name="result">What it returned.</param>
    public static string NotBegunText(int result) => $"no session of events began (0x{result:x8})";

    /// <summary>Begins the writing. Returns less than 0 where that failed.</summary>
    public int Start()
    {
        int result = (int)_control->Start();
        HasNotBegun = result < 0;
        return result;
    }

    /// <summary>Ends that.</summary>
    public void Stop() => _ = _control->Stop();

    /// <summary>
    /// Hands every finished record to <paramref name="reader"/> and frees its room. Not those that come meanwhile: there may be no
    /// end of them.
    /// </summary>
    /// <returns>The number of records.</returns>
    public int Drain(IRecordReader reader) => Drain(reader, Head);

    /// <summary>The same of those before <paramref name="end"/>.</summary>
    public int Drain(IRecordReader reader, ulong end)
    {
        ulong tail = _control->Tail;
        int count = 0;
        while (tail < end)
        {
            byte* at = _ring + (tail & (RingBytes - 1));
            ulong bytes = Volatile.Read(ref *(ulong*)at);
            if (bytes == 0)
            {
                break;
            }

            var record = (AllocationRecord*)at;
            try
            {
                if (record->Skipped == 0)
                {
                    count++;
                    reader.Read(record);
                }
            }
            finally
            {
                // One that cannot be read is lost, not those that follow.
                for (ulong unit = 0; unit < bytes; unit += Unit)
                {
                    *(ulong*)(at + unit) = 0;
                }

                tail += bytes;
                Volatile.Write(ref _control->Tail, tail);
            }
        }

        return count;
    }

    /// <summary>The bytes that what it holds stands for, samples that found no room included.</summary>
    /// <param name="rate">What one stands for; without regard to slices of the time.</param>
    /// <param name="end">Where what was added up ends, for <see cref="Drain(IRecordReader, ulong)"/>.</param>
    public double SumOf(SamplingRate rate, out ulong end)
    {
        double sum = 0;
        ulong bytes;
        for (end = _control->Tail; end < Volatile.Read(ref _control->Head); end += bytes)
        {
            var record = (AllocationRecord*)(_ring + (end & (RingBytes - 1)));
            bytes = Volatile.Read(ref *(ulong*)record);
            if (bytes == 0)
            {
                break;
            }

            sum += record->Skipped == 0 ? record->Size * rate.OwnWeightOf(record) : 0;
        }

        for (int i = 0; i < SizeClasses; i++)
        {
            long objects = Volatile.Read(ref LostObjects[i]);
            double size = Math.Max(1, Volatile.Read(ref LostBytes[i]) / Math.Max(1.0, objects));
            sum += objects > 0 ? objects * size * rate.OwnWeightOfLost(size, i) : 0;
        }

        return sum;
    }

    /// <summary>Waits until the ring fills, <see cref="WakeReader"/> is called, or the time is over.</summary>
    public void WaitForRecords(TimeSpan patience)
    {
        long* timespec = stackalloc long[2];
        timespec[0] = (long)patience.TotalSeconds;
        timespec[1] = patience.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick;
        _ = Libc.Call(SystemCall.Futex, (nint)(&_control->Waiting), Wait, 1, (nint)timespec, 0);
    }

    /// <summary>Says that <see cref="WaitForRecords"/> comes next, unless <see cref="WakeReader"/> is called before.</summary>
    public void AnnounceWait() => Interlocked.Exchange(ref _control->Waiting, 1);

    /// <summary>Ends <see cref="WaitForRecords"/>.</summary>
    public void WakeReader()
    {
        if (Interlocked.Exchange(ref _control->Waiting, 0) != 0)
        {
            _ = Libc.Call(SystemCall.Futex, (nint)(&_control->Waiting), Wake, 1, 0, 0);
        }
    }

    [StructLayout(LayoutKind.Explicit)]
    private struct Control
    {
        [FieldOffset(0)]
        public byte* Ring;

        [FieldOffset(8)]
        public ulong RingBytes;

        [FieldOffset(16)]
        public nuint FirstStackEnd;

        [FieldOffset(24)]
        public nuint** Info;

        [FieldOffset(48)]
        public uint Attached;

        [FieldOffset(52)]
        public uint OnlyThread;

        [FieldOffset(56)]
        public delegate* unmanaged<long> Start;

        [FieldOffset(64)]
        public delegate* unmanaged<long> Stop;

        [FieldOffset(72)]
        public ulong Period;

        [FieldOffset(80)]
        public uint TellsThread;

        [FieldOffset(84)]
        public uint Watched;

        [FieldOffset(88)]
        public nint Words;

        [FieldOffset(96)]
        public nint Clock;

        [FieldOffset(104)]
        public nuint RuntimeStart;

        [FieldOffset(112)]
        public nuint RuntimeBytes;

        [FieldOffset(128)]
        public ulong Head;

        [FieldOffset(192)]
        public ulong Delivered;

        [FieldOffset(200)]
        public ulong WithoutHandle;

        [FieldOffset(256)]
        public uint Waiting;

        [FieldOffset(320)]
        public ulong Tail;

        [FieldOffset(328)]
        public nint Slots;

        [FieldOffset(336)]
        public delegate* unmanaged<nuint> OwnPointer;

        [FieldOffset(384)]
        public fixed uint Keep[SizeClasses];

        [FieldOffset(1408)]
        public fixed long LostObjects[SizeClasses];

        [FieldOffset(3456)]
        public fixed long LostBytes[SizeClasses];
    }
}

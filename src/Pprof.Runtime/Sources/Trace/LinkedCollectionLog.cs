using System.Runtime.InteropServices;

namespace Pprof.Sources.Trace;

/// <summary>
/// Collections and stops of all threads in a NativeAOT program, which hooks that were linked into it write down:
/// <c>pprof_collection_hooks</c> of collections.c. One watches at a time.
/// </summary>
internal sealed unsafe class LinkedCollectionLog : LateLog
{
    private const string Export = "pprof_collection_hooks";
    private const long Version = 1;

    // MOMENTS of collections.c.
    private const int Capacity = 4096;

    // In the order of collections.c.
    private static readonly TraceMomentKind[] s_kinds =
    [
        TraceMomentKind.StopBegin,
        TraceMomentKind.StopComplete,
        TraceMomentKind.RestartBegin,
        TraceMomentKind.StopEnd,
        TraceMomentKind.CollectionBegin,
        TraceMomentKind.CollectionEnd,
    ];

    private static readonly Table* s_table = Find();

    // Collections that are under way, by their generation: during one in the background there are others, of younger ones.
    private readonly Dictionary<long, long> _numbers = [];
    private ulong _read;
    private long _number;
    private long _lost;

    private LinkedCollectionLog()
    {
        _read = Volatile.Read(ref *s_table->Last);
        _number = GC.CollectionCount(0);
        s_table->Watch(1);
    }

    /// <summary>Why there is none, and what would help; null where there is.</summary>
    public static string? UnsupportedReason => s_table != null
        ? null
        : "NativeAOT: the program has no hooks in the collector; publish for Linux on x64 or arm64 without PprofNativeHooks=false to see collections";

    /// <summary>How many moments were written over before they were read.</summary>
    public long Overwritten => _lost;

    /// <summary>Watches from now on; null where that is not possible.</summary>
    public static LinkedCollectionLog? TryStart() => s_table == null ? null : new LinkedCollectionLog();

    /// <summary>Watches no more. What has been seen can still be read.</summary>
    public static void Stop() => s_table->Watch(0);

    /// <inheritdoc/>
    public override void Collect()
    {
        long lost = _lost;
        ulong kept = 0;
        ulong last = Volatile.Read(ref *s_table->Last);
        if (last - _read > Capacity)
        {
            _lost += (long)(last - _read - Capacity);
            _read = last - Capacity;
        }

        for (; _read < last; _read++)
        {
            Moment* moment = s_table->Moments + (_read % Capacity);
            ulong number = Volatile.Read(ref moment->Number);
            if (number == 0 || number <= _read)
            {
                // It is being written.
                break;
            }

            Moment copy = *moment;
            Thread.MemoryBarrier();
            if (number != _read + 1 || Volatile.Read(ref moment->Number) != number)
            {
                _lost++;
                continue;
            }

            kept = kept == 0 ? copy.Time : kept;
            Add(copy);
        }

        if (_lost > lost && kept != 0)
        {
            Add(new TraceMoment { Kind = TraceMomentKind.LostCollections, Thread = 0, Timestamp = (long)kept - 1 }, []);
        }

        base.Collect();
    }

    private void Add(in Moment moment)
    {
        TraceMomentKind kind = s_kinds[moment.Kind];
        long number = kind switch
        {
            TraceMomentKind.CollectionBegin => _numbers[moment.Generation] = ++_number,
            TraceMomentKind.CollectionEnd => _numbers.GetValueOrDefault(moment.Generation),
            _ => 0,
        };
        Add(
            new TraceMoment
            {
                Kind = kind,
                Thread = (int)moment.Thread,
                Timestamp = (long)moment.Time,
                Number = number,
                Text = kind == TraceMomentKind.CollectionBegin ? $"generation {moment.Generation}" : null,
            },
            []);
    }

    private static Table* Find() =>
        OperatingSystem.IsLinux() && LinkedTable.Find(Export, Version) is not 0 and nint table && ((Table*)table)->Missing() is null
            ? (Table*)table
            : null;

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Table
    {
        public readonly long Version;
        public readonly delegate* unmanaged<byte*> Missing;
        public readonly delegate* unmanaged<uint, void> Watch;
        public readonly Moment* Moments;
        public readonly ulong* Last;
    }

    /// <summary>The <c>moment</c> of collections.c. Its time is in nanoseconds of the monotonic clock, as the stopwatch's on Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Moment
    {
        public ulong Number;
        public ulong Time;
        public uint Kind;
        public uint Thread;
        public long Generation;
    }
}

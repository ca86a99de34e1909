using Pprof.Process;
using Pprof.Profiles;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations;

/// <summary>
/// Reads the samples that were written: finds the type and the stack of each and hands them on. Nothing is allocated for a
/// sample whose code and type have been seen before.
/// </summary>
internal sealed unsafe class AllocationReader(IAllocationSink sink, LiveObjects live, SamplingRate rate, LabelsAtTime labels) : IRecordReader
{
    // What the unwinder remembers is some hundred bytes each, and not right for ever: code is replaced and unloaded.
    private const int MaxRemembered = 24 * 1024;
    private static readonly TimeSpan s_maxAge = TimeSpan.FromMinutes(10);

    // The type stands before the frames.
    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 2];
    private readonly AllocatedTypes _types = new();
    private StackUnwinder _unwinder = new();
    private long _unwinderSince = TimeProvider.System.GetTimestamp();

    private int _collections = -1;
    private bool _mayHaveLived;

    /// <summary>The collections until now.</summary>
    public int Collections
    {
        get => _collections;
        set => (_mayHaveLived, _collections) = (value != _collections, value);
    }

    /// <summary>Whether stacks have code that may not stay, which has its name as long as it is there.</summary>
    public bool HasMetPassingCode { get; private set; }

    /// <summary>The samples of the last slice of the time, where there are slices.</summary>
    public SliceSamples Slice { get; } = new(sink, live);

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        double objects = rate.WeightOf(record);
        SinkSample sample = sink.Add(FramesOf(record), (long)record->Size, objects, labels.Of((int)record->Thread, (long)record->Time, (int)record->Route));
        if (rate.Slices is not null)
        {
            Slice.Add(sample, (long)record->Size, objects);
        }

        var handle = new WeakHandle(record->Handle);
        if (handle.IsNull)
        {
            return;
        }

        int generation = _mayHaveLived ? handle.Generation : 0;
        if (generation < 0)
        {
            handle.Free();
            return;
        }

        // Only a collection makes an object older. Those of the large heap and of the pinned one count as old from the beginning,
        // and only CoreCLR says which these are.
        bool hasLived = generation == 1 || (generation > 1 && record->Kind == 0 && ManagedRuntime.IsCoreClr);
        live.Add(handle, sample, (long)record->Size, objects, Collections, Slice.Number, hasLived);
    }

    /// <summary>Accounts for samples that found no room.</summary>
    /// <returns>Their number.</returns>
    public long ReadLost(AllocationRing ring)
    {
        long lost = 0;
        for (int i = 0; i < AllocationRing.SizeClasses; i++)
        {
            if (Volatile.Read(ref ring.LostObjects[i]) == 0)
            {
                continue;
            }

            long objects = Interlocked.Exchange(ref ring.LostObjects[i], 0);
            long bytes = Interlocked.Exchange(ref ring.LostBytes[i], 0);
            double size = Math.Max(1, (double)bytes / objects);
            _ = sink.Add([(nuint)PseudoFrame.LostSamples], (long)size, objects * rate.WeightOfLost(size, i), default);
            lost += objects;
        }

        return lost;
    }

    /// <summary>Forgets what it remembers where that is much, or old.</summary>
    public void Refresh()
    {
        if (_unwinder.Remembered > MaxRemembered || TimeProvider.System.GetElapsedTime(_unwinderSince) > s_maxAge)
        {
            _unwinder = new StackUnwinder();
            _unwinderSince = TimeProvider.System.GetTimestamp();
        }

        HasMetPassingCode |= _unwinder.HasMetPassingCode;
    }

    /// <summary>The frames of the record's stack from the first managed one on, below the type.</summary>
    private ReadOnlySpan<nuint> FramesOf(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, _unwinder, _frames.AsSpan(1));

        // What the runtime does between the allocation and the sample is nobody's. Where nothing managed is on the
        // stack it is all that there is.
        int first = _unwinder.FirstManaged == count ? 0 : _unwinder.FirstManaged;
        _frames[first] = _types.AddressOf(record->Type, AllocationRecord.NameOf(record), new WeakHandle(record->Handle));
        return _frames.AsSpan(first, count - first + 1);
    }
}

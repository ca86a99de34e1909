using Pprof.Process;
using Pprof.Sources.Allocations;
using Pprof.Symbols.NativeAot;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads.Linked;

/// <summary>Reads what the hook recorded, and leaves out the threads of this package.</summary>
internal sealed unsafe class LinkedThreadReader(IThreadSink sink) : IRecordReader
{
    // CREATED of threads.c; the other kind is STARTED.
    private const uint Created = 0;

    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly StackUnwinder _unwinder = new();
    private readonly HashSet<nuint> _own = [];

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        nuint id = record->Type;
        if (record->Kind != Created)
        {
            if (!_own.Remove(id))
            {
                sink.Created((long)id, (int)record->Size);
            }

            return;
        }

        int count = AllocationRecord.Unwind(record, _unwinder, _frames);
        int first = _unwinder.FirstManaged == count ? 0 : _unwinder.FirstManaged;
        ReadOnlySpan<nuint> frames = _frames.AsSpan(first, count - first);
        if (IsOwn(frames))
        {
            _own.Add(id);
        }
        else
        {
            sink.Creating((long)id, frames);
        }
    }

    private static bool IsOwn(ReadOnlySpan<nuint> frames)
    {
        foreach (nuint frame in frames)
        {
            if (NativeAotSymbols.TryFindType(frame, out _, out string type) && type == typeof(OwnThreads).FullName)
            {
                return true;
            }
        }

        return false;
    }
}

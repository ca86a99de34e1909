using System.Runtime.CompilerServices;
using Pprof.Process;
using Pprof.Symbols.NativeAot;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations.Linked;

/// <summary>
/// Sees to it, before the first sample of the application, that this runtime is as hooks.c expects it. First without any
/// change to it: what the hooks count as allocated is what the runtime counts, object by object. Then, on this thread, with
/// samples: of an object that is allocated, the type, the size, the handle and the method, and its death; and that the
/// runtime's own count goes on as it did.
/// </summary>
internal sealed unsafe class LinkedSelfTest(AllocationRing ring, LinkedHooks hooks) : IRecordReader
{
    private const int Length = 5_000;
    private const int Attempts = 200;

    // So near to each other that several of the attempts are sampled, and some fall between two samples.
    private const ulong Period = 20_000;

    private static readonly nuint s_type = (nuint)typeof(byte[]).TypeHandle.Value;

    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly StackUnwinder _unwinder = new();
    private object? _expected;
    private WeakHandle _handle;
    private string? _mismatch;

    /// <summary>Tests. Returns what is not as expected; null where everything is.</summary>
    public string? Run()
    {
        if (!Counts())
        {
            return "its count of allocated bytes is not where it was expected";
        }

        ring.Period = Period;
        ring.Restrict((uint)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0));
        _ = ring.Start();
        try
        {
            for (int i = 0; i < Attempts && _handle.IsNull && _mismatch is null; i++)
            {
                Try();
            }

            return _mismatch
                ?? (_handle.IsNull ? "no allocation came by"
                : !Counts() ? "its count of allocated bytes does not go on while allocations are sampled"
                : _handle.DiesOfCollections() ? null : "the death of an object was not noticed");
        }
        finally
        {
            ring.Stop();
            ring.Restrict(0);
            _ = ring.Drain(this);
            _handle.Free();
        }
    }

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        if (_expected is not null && record->Type == s_type && record->Size >= Length && _handle.IsNull)
        {
            _handle = new WeakHandle(record->Handle);
            _mismatch = Check(record);
        }
        else
        {
            new WeakHandle(record->Handle).Free();
        }
    }

    /// <summary>Whether both counts are the same, and grow by what is allocated, in blocks of the thread and beside them.</summary>
    private bool Counts()
    {
        for (int i = 0; i < 64; i++)
        {
            // Where collections came without a pause, they differed once in some hundred starts of a program. What is laid out in
            // another way differs each time.
            if (!AreCountsEqual() && !AreCountsEqual() && !AreCountsEqual())
            {
                return false;
            }

            GC.KeepAlive(i % 16 == 15 ? new byte[100_000] : new byte[i * 40]);
        }

        return true;
    }

    private bool AreCountsEqual()
    {
        // The runtime's before and after: a collection between two of them changes none.
        long before = GC.GetAllocatedBytesForCurrentThread();
        long counted = hooks.AllocatedBytes;
        return before == counted && GC.GetAllocatedBytesForCurrentThread() == before;
    }

    // Neither inlined, so that none of the two leaves the object where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Try()
    {
        _expected = Allocate();
        _ = ring.Drain(this);
        _expected = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Allocate() => new byte[Length];

    private string? Check(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, _unwinder, _frames);
        return record->Size > Length + 64 ? "the size of an object is not as expected"
            : record->Period != Period ? "a sample is not as it was written"
            : _handle.IsNull || _handle.Target != _expected ? "the handle is not that of the object"
            : NativeAotTypes.NameOf(record->Type) is not "System.Byte[]" ? "the name of a type is not as expected"
            : !HasAllocate(_frames.AsSpan(0, count)) ? "the method that allocates is not on the stack"
            : null;
    }

    /// <summary>
    /// Whether the first managed frames are those of <see cref="Allocate"/> and of its caller. Without the metadata for
    /// stack traces methods have no names, and only that they are managed is known.
    /// </summary>
    private bool HasAllocate(ReadOnlySpan<nuint> frames)
    {
        int first = _unwinder.FirstManaged;
        var symbols = new NativeAotSymbols();
        return first + 1 < frames.Length
            && symbols.Resolve(frames[first])?.Name.EndsWith("." + nameof(Allocate), StringComparison.Ordinal) != false
            && symbols.Resolve(frames[first + 1])?.Name.EndsWith("." + nameof(Try), StringComparison.Ordinal) != false;
    }
}

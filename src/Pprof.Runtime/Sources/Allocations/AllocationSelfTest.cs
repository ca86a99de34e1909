using System.Runtime.CompilerServices;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations;

/// <summary>
/// Sees to it, before the first sample of the application, that samples are as who reads them expects them: a known object is
/// allocated until one is sampled, and its death is noticed.
/// </summary>
/// <param name="ring">Where samples of this thread are put meanwhile.</param>
/// <param name="length">Bytes of the object, without its header.</param>
internal abstract unsafe class AllocationSelfTest(AllocationRing ring, int length) : IRecordReader
{
    // What an array has beside its bytes, and is rounded up by, is less.
    private const int MaxHeader = 64;

    private static readonly nuint s_type = (nuint)typeof(byte[]).TypeHandle.Value;

    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private object? _expected;
    private WeakHandle _handle;
    private string? _mismatch;

    /// <summary>The ring.</summary>
    protected AllocationRing Ring => ring;

    /// <summary>Finds the frames of stacks.</summary>
    protected StackUnwinder Unwinder { get; } = new();

    /// <summary>Whether an object was sampled, and all was as expected.</summary>
    protected bool IsSampled => !_handle.IsNull;

    /// <summary>What is not as expected so far, the death of the object included; null where everything is.</summary>
    protected string? Mismatch =>
        !IsSampled ? _mismatch ?? "no allocation was told of"
        : _handle.DiesOfCollections() ? null
        : "the death of an object was not noticed";

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        if (_expected is not null && !IsSampled && record->Type == s_type && record->Size >= (ulong)length)
        {
            // What other code allocates may look alike, and may have been sampled before this thread was the only one: one that
            // is as expected is enough.
            _mismatch = record->Size > (ulong)length + MaxHeader
                ? "the size of an object is not as expected"
                : Check(record, _frames.AsSpan(0, AllocationRecord.Unwind(record, Unwinder, _frames)));
            if (_mismatch is null)
            {
                _handle = new WeakHandle(record->Handle);
                return;
            }
        }

        new WeakHandle(record->Handle).Free();
    }

    /// <summary>What is not as expected of a sample of a known object; null where everything is.</summary>
    protected abstract string? Check(AllocationRecord* record, ReadOnlySpan<nuint> frames);

    /// <summary>Whether the handle of a sample is that of the known object.</summary>
    protected bool HasHandle(AllocationRecord* record) => new WeakHandle(record->Handle) is { IsNull: false, Target: var target } && target == _expected;

    /// <summary>Allocates known objects until one is sampled that is as expected.</summary>
    protected void TryOften(int attempts)
    {
        for (int i = 0; i < attempts && !IsSampled; i++)
        {
            Try();
        }
    }

    /// <summary>Gives back what is held.</summary>
    protected void Free() => _handle.Free();

    // Neither inlined, so that none of the two leaves the object where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected void Try()
    {
        _expected = Allocate(length);
        _ = ring.Drain(this);
        _expected = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private protected static byte[] Allocate(int length) => new byte[length];
}

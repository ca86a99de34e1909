using System.Reflection;
using System.Runtime.CompilerServices;
using Pprof.Process;
using Pprof.Symbols.CoreClr;
using Pprof.Unwinding;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// Sees to it, before the first sample of the application, that this runtime is as the callback expects it: one known
/// object is sampled, with its size, its type, its handle and the method that allocated it, and its death is noticed.
/// </summary>
internal sealed unsafe class CallbackSelfTest(AllocationRing memory) : IRecordReader
{
    // Below what goes to the heap of large objects, and large enough that the runtime samples every other one.
    private const int Length = 80_000;
    private const int Attempts = 50;

    // The runtime may forget what a session wants (Silence), until another begins.
    private const int Sessions = 5;

    private static readonly nuint s_type = (nuint)typeof(byte[]).TypeHandle.Value;

    private readonly nuint[] _frames = new nuint[StackUnwinder.MaxFrames + 1];
    private readonly StackUnwinder _unwinder = new();
    private object? _expected;
    private WeakHandle _handle;
    private string? _mismatch;

    /// <summary>Tests, while the runtime tells of allocations. Returns what is not as expected; null where everything is.</summary>
    public string? Run()
    {
        memory.Keep.Fill(uint.MaxValue);
        memory.Restrict((uint)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0));
        try
        {
            TryOften();
            for (int i = 1; i < Sessions && _handle.IsNull && _mismatch is null; i++)
            {
                memory.Stop();
                int result = memory.Start();
                if (result < 0)
                {
                    return AllocationRing.NotBegunText(result);
                }

                TryOften();
            }

            return _mismatch ?? (_handle.IsNull ? "no allocation was told of" : _handle.DiesOfCollections() ? null : "the death of an object was not noticed");
        }
        finally
        {
            memory.Restrict(0);
            _handle.Free();
        }
    }

    /// <inheritdoc/>
    public void Read(AllocationRecord* record)
    {
        bool isExpected = record->Type == s_type && record->Size >= Length && _handle.IsNull && record->Handle != 0;
        if (isExpected)
        {
            _handle = new WeakHandle(record->Handle);
            _mismatch = Check(record);
        }
        else
        {
            new WeakHandle(record->Handle).Free();
        }
    }

    private void TryOften()
    {
        for (int i = 0; i < Attempts && _handle.IsNull && _mismatch is null; i++)
        {
            Try();
        }
    }

    // Neither inlined, so that none of the two leaves the object where the collector sees it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Try()
    {
        _expected = Allocate();
        _ = memory.Drain(this);
        _expected = null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Allocate() => new byte[Length];

    private string? Check(AllocationRecord* record)
    {
        int count = AllocationRecord.Unwind(record, _unwinder, _frames);
        return AllocationRecord.NameOf(record) is not "System.Byte[]" ? "the name of a type is not as expected"
            : record->Size > Length + 64 ? "the size of an object is not as expected"
            : _handle.Target != _expected ? "the handle is not that of the object"
            : !_frames.AsSpan(0, count).ToArray().Any(IsAllocate) ? "the method that allocates is not on the stack"
            : null;
    }

    private static bool IsAllocate(nuint frame) =>
        NativeMethodLookup.Find(frame) is MethodInfo { Name: nameof(Allocate) } method && method.DeclaringType == typeof(CallbackSelfTest);
}

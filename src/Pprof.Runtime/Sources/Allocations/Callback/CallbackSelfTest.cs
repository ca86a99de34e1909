using System.Reflection;
using Pprof.Process;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Allocations.Callback;

/// <summary>
/// Tests that this runtime is as the callback expects it: one known object is sampled, with its size, its type, its handle and
/// the method that allocated it, and its death is noticed.
/// </summary>
internal sealed unsafe class CallbackSelfTest(AllocationRing ring) : AllocationSelfTest(ring, Length)
{
    // Below what goes to the heap of large objects, and large enough that the runtime samples every other one.
    private const int Length = 80_000;
    private const int Attempts = 50;

    // The runtime may forget what a session wants (Silence), until another begins.
    private const int Sessions = 5;

    /// <summary>Tests, while the runtime tells of allocations. Returns what is not as expected; null where everything is.</summary>
    public string? Run()
    {
        // Before anything is taken, on all processors: others allocate meanwhile.
        Ring.Restrict((uint)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0));
        Interlocked.MemoryBarrierProcessWide();
        Ring.Keep.Fill(uint.MaxValue);
        try
        {
            TryOften(Attempts);
            for (int i = 1; i < Sessions && !IsSampled; i++)
            {
                Ring.Stop();
                int result = Ring.Start();
                if (result < 0)
                {
                    return AllocationRing.NotBegunText(result);
                }

                TryOften(Attempts);
            }

            string? mismatch = Mismatch;
            if (mismatch is not null)
            {
                Ring.Keep.Clear();
            }

            return mismatch;
        }
        finally
        {
            Ring.Restrict(0);
            Free();
        }
    }

    /// <inheritdoc/>
    protected override string? Check(AllocationRecord* record, ReadOnlySpan<nuint> frames) =>
        AllocationRecord.NameOf(record) is not "System.Byte[]" ? "the name of a type is not as expected"
        : !HasHandle(record) ? "the handle is not that of the object"
        : !frames.ToArray().Any(IsAllocate) ? "the method that allocates is not on the stack"
        : null;

    private static bool IsAllocate(nuint frame) =>
        NativeMethodLookup.Find(frame) is MethodInfo { Name: nameof(Allocate) } method && method.DeclaringType == typeof(AllocationSelfTest);
}

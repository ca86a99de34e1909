using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.Snapshot;

/// <summary>What the copy is told to do.</summary>
internal enum CopyCommand : uint
{
    /// <summary>Count all objects.</summary>
    Walk = 1,

    /// <summary>Find those that the roots reach.</summary>
    Mark = 2,

    /// <summary>List those of the types that are wanted.</summary>
    List = 3,
}

/// <summary>
/// A copy of this process, made in one system call (clone(2) without CLONE_VM). It does what it is told, and can be read
/// from here. Made, used and disposed by one thread, at whose end it would end too.
/// </summary>
internal sealed unsafe class ProcessCopy : IDisposable
{
    private const int WaitAll = 0x40000000;
    private const int NoHang = 1;
    private const int SigKill = 9;
    private const int EINTR = 4;
    private const int EAGAIN = 11;
    private const int ENOMEM = 12;
    private const int FutexWait = 0;
    private const int FutexWake = 1;
    private const int CommandBits = 4;

    // Reserved; a page is there once it is written to.
    private const long ArenaBytes = 1L << 30;

    // One that failed is tried again.
    private static readonly Lazy<nint> s_code = new(MapCode, LazyThreadSafetyMode.PublicationOnly);

    private readonly byte* _arena;
    private long _used;
    private uint _sequence;
    private bool _reaped;

    /// <summary>Makes the copy.</summary>
    /// <param name="memoryLimit">The bytes that it may need for itself.</param>
    /// <exception cref="SnapshotException">The system refuses it.</exception>
    public ProcessCopy(long memoryLimit)
    {
        _arena = (byte*)Libc.Map(null, (nuint)ArenaBytes, Libc.ReadWrite, Libc.SharedAnonymous, -1, 0);
        if (_arena == Libc.MapFailed)
        {
            throw new SnapshotException($"mmap(2) failed with errno {Marshal.GetLastPInvokeError()}; give the process more memory");
        }

        Job = (SnapshotJob*)Take<SnapshotJob>(1);
        Job->Types = (HeapType*)Take<HeapType>(SnapshotJob.MaxTypes);
        Job->Nodes = (HeapNode*)Take<HeapNode>(SnapshotJob.MaxNodes);
        Job->ParentId = Environment.ProcessId;
        Job->MemoryLimit = (ulong)memoryLimit;
        var clone = (delegate* unmanaged[Cdecl, SuppressGCTransition]<SnapshotJob*, nint>)s_code.Value;

        // In cooperative mode, which no garbage collection begins in: the heap of the copy is one that can be walked.
        nint result = clone(Job);
        if (result < 0)
        {
            _ = Libc.Unmap(_arena, (nuint)ArenaBytes);
            throw new SnapshotException(Explain((int)-result), isRefused: true);
        }

        ProcessId = (int)result;
        PreferToKill();
    }

    /// <summary>What both write to.</summary>
    public SnapshotJob* Job { get; }

    /// <summary>The id of the copy.</summary>
    public int ProcessId { get; }

    /// <summary>Zeroed memory that both share.</summary>
    /// <exception cref="SnapshotException">There is no more of it.</exception>
    public void* Take<T>(long count)
        where T : unmanaged
    {
        byte* taken = _arena + _used;
        long after = (_used + (count * sizeof(T)) + 63) & ~63L;
        if (after > ArenaBytes)
        {
            throw new SnapshotException("there are more objects, roots or threads than a snapshot has room for");
        }

        _used = after;
        return taken;
    }

    /// <summary>Puts what is in <paramref name="items"/> where both can read it.</summary>
    /// <exception cref="SnapshotException">There is no room.</exception>
    public T* Share<T>(ReadOnlySpan<T> items)
        where T : unmanaged
    {
        var shared = (T*)Take<T>(items.Length);
        items.CopyTo(new Span<T>(shared, items.Length));
        return shared;
    }

    /// <summary>Has the copy do something, and waits until it is done.</summary>
    /// <exception cref="SnapshotException">It has ended, or did not end in time, or had not enough memory.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void Do(CopyCommand command, SnapshotPatience patience)
    {
        uint sequence = (++_sequence << CommandBits) | (uint)command;
        Volatile.Write(ref Job->Command, sequence);
        _ = Libc.Call(SystemCall.Futex, (nint)(&Job->Command), FutexWake, 1, 0, 0);
        long* pause = stackalloc long[2];
        pause[1] = 10_000_000;
        while (Volatile.Read(ref Job->Done) is uint done && done != sequence)
        {
            patience.CheckNow();

            // Its end wakes nobody.
            _ = Libc.Call(SystemCall.Futex, (nint)(&Job->Done), FutexWait, (nint)done, (nint)pause, 0);
            if (TryReap(NoHang) is { } status)
            {
                throw new SnapshotException((status & 0x7f) == SigKill
                    ? "the copy of the process was killed, for want of memory as a rule; give the container more memory"
                    : $"the copy of the process has ended with status 0x{status:x} while it walked the heap; ask again");
            }
        }

        if (Job->Error != 0)
        {
            throw new SnapshotException($"the copy of the process needs more than {Job->MemoryLimit} bytes of its own to walk the heap; raise SnapshotMemoryLimit: a 32nd of the heap and some hundred MB are enough");
        }
    }

    /// <summary>Kills the copy, and leaves nothing of it.</summary>
    public void Dispose()
    {
        if (!_reaped)
        {
            _ = Libc.Call(SystemCall.Kill, ProcessId, SigKill, 0, 0, 0);
            _ = TryReap(0);
        }

        _ = Libc.Unmap(_arena, (nuint)ArenaBytes);
    }

    /// <summary>The status of the copy if it has ended.</summary>
    private int? TryReap(int options)
    {
        int status = 0;
        nint result;
        do
        {
            result = Libc.Call(SystemCall.WaitForChild, ProcessId, (nint)(&status), options | WaitAll, 0, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == EINTR);

        if (result == 0)
        {
            return null;
        }

        // Where there is no such child, somebody else has waited for all children.
        _reaped = true;
        return status;
    }

    // Where memory is short the copy goes, and not the service: where they are killed together CopyBudget sees to it.
    private void PreferToKill()
    {
        try
        {
            File.WriteAllText($"/proc/{ProcessId}/oom_score_adj", "1000");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without the file the kernel decides.
        }
    }

    private static string Explain(int error) => error switch
    {
        EAGAIN => "the system has no process left for a copy of this one; raise the limit of processes (ulimit -u) or of the container (pids.max)",
        ENOMEM => "there is not enough memory for a copy of the process, which the system reserves in full; allow overcommit (vm.overcommit_memory), or give the machine more memory",
        _ => $"clone(2) failed with errno {error}; allow it in the seccomp filter of the container",
    };

    private static nint MapCode()
    {
        ReadOnlySpan<byte> code = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SnapshotCode.Arm64 : SnapshotCode.X64;
        var length = (nuint)code.Length;
        byte* memory = (byte*)Libc.Map(null, length, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        if (memory == Libc.MapFailed)
        {
            throw new SnapshotException($"mmap(2) failed with errno {Marshal.GetLastPInvokeError()}; give the process more memory");
        }

        code.CopyTo(new Span<byte>(memory, code.Length));
        if (Libc.Protect(memory, length, Libc.ReadExecute) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _ = Libc.Unmap(memory, length);
            throw new SnapshotException($"mprotect(2) refused executable memory with errno {error}; the security policy (SELinux execmem, systemd MemoryDenyWriteExecute) must allow it, as it does for the just-in-time compiler", isRefused: true);
        }

        return (nint)memory;
    }
}

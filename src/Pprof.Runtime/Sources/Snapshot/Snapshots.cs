using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Sources.Snapshot.Dac;
using Pprof.Sources.Snapshot.NativeAot;

namespace Pprof.Sources.Snapshot;

/// <summary>Takes snapshots of the heap, one at a time, each on a thread of its own.</summary>
internal static class Snapshots
{
    /// <summary>The milliseconds for which a process of one gigabyte is stopped: what the kernel needs to copy its page tables.</summary>
    public const double PauseOfGigabyte = 35;

    // The newest release of the runtime whose method tables and fields snapshot.c and ObjectFields have been tried with.
    private const int NewestRuntime = 10;

    private const int StackSize = 1024 * 1024;

    // The copy makes the process's first write to each page afterwards cost some microseconds.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly Turn s_turn = new();

    /// <summary>Why there are none here, and what would help; null where there are. Loads nothing, copies nothing.</summary>
    public static string? UnsupportedReason =>
        !OperatingSystem.IsLinux() ? "the heap is looked at in a copy of the process, which only Linux can make; run the service on Linux"
        : Environment.Version.Major > NewestRuntime ? $"where the objects of the heap are is known up to .NET {NewestRuntime}, and this is {Environment.Version}; a newer release of this package may help"
        : RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64) ? $"snapshots of the heap work on x64 and Arm64 processes, and this one is {RuntimeInformation.ProcessArchitecture}"
        : ManagedRuntime.IsCoreClr ? DacLibrary.UnsupportedReason
        : NativeHeapSnapshot.UnsupportedReason;

    /// <summary>Why a process of this size is not copied; null where it is.</summary>
    /// <param name="limit">Bytes of resident memory.</param>
    /// <param name="option">The name of the option that says so.</param>
    public static string? TooLarge(long limit, string option)
    {
        long resident = Environment.WorkingSet;
        return limit == 0 ? $"{option} is 0, so that nobody looks at the whole heap; set it to the bytes of resident memory up to which the process may be copied"
            : resident <= limit ? null
            : $"the process has {resident >> 20} MB in memory, and to copy it would stop it for some {resident / (double)(1 << 30) * PauseOfGigabyte:F0} ms; raise {option} ({limit >> 20} MB) if it may be stopped that long";
    }

    /// <summary>Copies the process and has <paramref name="body"/> look at it.</summary>
    /// <exception cref="SnapshotException">It cannot be copied, or not be read.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more; by then the copy is no more.</exception>
    public static Task RunAsync(Action<HeapSnapshot> body, CancellationToken cancellation)
    {
        ThrowIfUnsupported();
        return ManagedRuntime.IsCoreClr ? InTurnAsync(() => Run(body, cancellation), cancellation) : Task.CompletedTask;
    }

    /// <summary>The same in a NativeAOT program.</summary>
    /// <exception cref="SnapshotException">It cannot be copied, or not be read.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more; by then the copy is no more.</exception>
    public static Task RunNativeAsync(Action<NativeHeapSnapshot> body, CancellationToken cancellation)
    {
        ThrowIfUnsupported();
        return ManagedRuntime.IsCoreClr ? Task.CompletedTask : InTurnAsync(() => RunNative(body, cancellation), cancellation);
    }

    /// <summary>Has <paramref name="work"/> look at the heap on a thread of its own, when nobody else does.</summary>
    /// <exception cref="SnapshotException">It failed, or there is no thread.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public static async Task InTurnAsync(Action work, CancellationToken cancellation)
    {
        await s_turn.EnterAsync(cancellation);
        try
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Start(() => Do(work, done));
            await done.Task;
        }
        finally
        {
            s_turn.Leave();
        }
    }

    private static void Start(Action run)
    {
        try
        {
            OwnThreads.Start("pprof snapshot", run, StackSize);
        }
        catch (Exception e) when (OwnThreads.IsLack(e))
        {
            throw new SnapshotException(OwnThreads.WhyNone("looks at the heap"));
        }
    }

    private static void ThrowIfUnsupported()
    {
        if (UnsupportedReason is { } reason)
        {
            throw new SnapshotException(reason);
        }
    }

    private static void RunNative(Action<NativeHeapSnapshot> body, CancellationToken cancellation)
    {
        using var snapshot = new NativeHeapSnapshot(LiveHeapSource.MemoryLimit.Value, s_patience, cancellation);
        body(snapshot);
    }

    private static void Run(Action<HeapSnapshot> body, CancellationToken cancellation)
    {
        using var snapshot = new HeapSnapshot(LiveHeapSource.MemoryLimit.Value, s_patience, cancellation);
        body(snapshot);
    }

    private static void Do(Action work, TaskCompletionSource done)
    {
        try
        {
            work();
            done.SetResult();
        }
        catch (OperationCanceledException e)
        {
            done.SetCanceled(e.CancellationToken);
        }
        catch (Exception e)
        {
            done.SetException(e);
        }
    }
}

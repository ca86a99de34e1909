using System.Reflection;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;

namespace Pprof.Sources.Operations;

/// <summary>The operations that a copy of the process has in its heap. While nobody asks, nothing keeps track of them.</summary>
internal abstract class CopiedAsyncOperations : AsyncOperationSource
{
    private const int MaxFrames = 256;

    private static readonly Assembly s_own = typeof(CopiedAsyncOperations).Assembly;

    public override async Task<string?> ReadAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation)
    {
        if (Snapshots.UnsupportedReason is { } unsupported)
        {
            return unsupported;
        }

        if (Snapshots.TooLarge(ResidentLimit.Value, "AsyncResidentLimit") is { } tooLarge)
        {
            return tooLarge;
        }

        try
        {
            await LookAsync(sink, waits, cancellation);
            return null;
        }
        catch (SnapshotException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Threads are there without them.
            return $"looking for them failed: {e.Message}";
        }
    }

    /// <summary>Copies the process and hands its operations over.</summary>
    protected abstract Task LookAsync(IAsyncOperationSink sink, WaitGraph? waits, CancellationToken cancellation);

    /// <summary>Makes stacks of the operations of a snapshot.</summary>
    protected static void AddStacks(HeapCopy snapshot, SuspendedOperations operations, OperationFrames names, AwaitDescriptions awaits, IAsyncOperationSink sink)
    {
        var labels = new CopiedLabels(snapshot);
        Span<nuint> frames = stackalloc nuint[MaxFrames];
        foreach (AsyncOperation innermost in operations.All)
        {
            snapshot.Patience.Check();

            // One that runs is on the stack of a thread. What this package awaits is not the application's.
            if (!innermost.IsSuspended || innermost.HasInner || innermost.Shape.Machine.Assembly == s_own)
            {
                continue;
            }

            int count = 0;
            for (AsyncOperation? operation = innermost; operation is not null && count < MaxFrames; operation = operation.Awaiter)
            {
                frames[count++] = names.FrameOf(operation);
            }

            sink.Add(frames[..count], awaits.Of(innermost), labels.Of(innermost.Context));
        }
    }
}

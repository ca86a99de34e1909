using System.Reflection;
using Pprof.Profiles;
using Pprof.Sources.Snapshot;
using Pprof.Sources.Waiting;

namespace Pprof.Sources.Operations;

/// <summary>The operations that a copy of the process has in its heap. While nobody asks, nothing keeps track of them.</summary>
internal sealed class CopiedAsyncOperations : AsyncOperationSource
{
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
            await Snapshots.RunAsync(snapshot => new Reading(snapshot, sink, waits).Run(), cancellation);
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

    /// <summary>Makes stacks of the operations of a snapshot.</summary>
    private sealed class Reading(HeapSnapshot snapshot, IAsyncOperationSink sink, WaitGraph? waits)
    {
        private const int MaxFrames = 256;

        private static readonly Assembly s_own = typeof(Reading).Assembly;

        private readonly nuint[] _frames = new nuint[MaxFrames];

        public void Run()
        {
            var known = waits is null ? null : new KnownObjects(snapshot);
            var operations = new SuspendedOperations(snapshot, known);
            using var names = new OperationFrames();
            var awaits = new AwaitDescriptions(snapshot, operations);
            foreach (AsyncOperation operation in operations.All)
            {
                snapshot.Patience.Check();

                // One that runs is on the stack of a thread. What this package awaits is not the application's.
                if (operation.IsSuspended && !operation.HasInner && operation.Shape.Machine.Assembly != s_own)
                {
                    Add(operation, names, awaits);
                }
            }

            if (waits is not null)
            {
                new CopiedWaits(snapshot, operations, known!, names, awaits).Read(waits);
            }
        }

        private void Add(AsyncOperation innermost, OperationFrames names, AwaitDescriptions awaits)
        {
            int count = 0;
            for (AsyncOperation? operation = innermost; operation is not null && count < MaxFrames; operation = operation.Awaiter)
            {
                _frames[count++] = names.FrameOf(operation);
            }

            sink.Add(_frames.AsSpan(0, count), awaits.Of(innermost));
        }
    }
}

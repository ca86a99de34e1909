using System.Diagnostics.Tracing;
using Pprof.Process;
using Pprof.Sources.EventPipe;
using Pprof.Sources.EventPipe.Events;
using Pprof.Unwinding;

namespace Pprof.Sources.Threads;

/// <summary>CoreCLR: the runtime's events of new threads, and the list of those that it tells nothing of.</summary>
internal sealed class ThreadEventSource : ThreadCreationSource
{
    private readonly EventWatch _watch;
    private int _windows;
    private volatile bool _hasWatched;

    public ThreadEventSource(IThreadSink sink)
        : base(sink)
    {
        // Who is there before the first event can come is older than the watching; so is who came while it began.
        _watch = new EventWatch(ProcessEvents.Instance, new Consumer(sink), Wanted) { Opening = List, Opened = FlushAndList };
        WatchesAlways.Changed += UpdateAsync;
    }

    // What has been seen is served whatever has become of the port.
    public override string? UnsupportedReason =>
        SystemThreads.UnsupportedReason ?? (IsWanted && !_hasWatched ? _watch.UnsupportedReason : null);

    public override string? Failure => _watch.Failure;

    public override bool KnowsCreators => true;

    public override bool IsWanted => WatchesAlways.IsOn || Volatile.Read(ref _windows) > 0;

    public override long Lost => _watch.Lost;

    public override void Look()
    {
        if (!IsWanted)
        {
            List();
        }
    }

    public override async Task UpdateAsync()
    {
        await _watch.UpdateAsync();
        if (!IsWanted)
        {
            Sink.Unwatched();
        }
    }

    public override Task OpenAsync()
    {
        Interlocked.Increment(ref _windows);
        return _watch.UpdateAsync();
    }

    public override Task CloseAsync()
    {
        Interlocked.Decrement(ref _windows);
        return UpdateAsync();
    }

    public override async Task<bool> FlushAsync()
    {
        if (IsWanted)
        {
            await _watch.RetryAsync();
        }

        return await FlushAndListAsync();
    }

    /// <summary>
    /// Only the event of the thread that creates another, where that is enough. The runtime never gives back the 600 bytes
    /// that it keeps for a thread which wrote an event in a session and ended (dotnet/runtime issue 111368; up to .NET 10),
    /// so a thread that is merely created must not write one.
    /// </summary>
    private EventRequest[] Wanted() =>
        !IsWanted ? []
        : RuntimeProvider.FiltersById && RuntimeThread.KnowsSystemId
            ? [EventRequest.Runtime(RuntimeProvider.ThreadTransferKeyword, EventLevel.Informational, RuntimeProvider.ThreadCreating)]
            : [EventRequest.Runtime(
                RuntimeProvider.ThreadTransferKeyword | RuntimeProvider.AppDomainResourceKeyword,
                EventLevel.Informational,
                RuntimeProvider.ThreadCreating,
                RuntimeProvider.ThreadCreated)];

    // On the thread that opens the watch, and so without one of the pool.
    private void FlushAndList()
    {
        HashSet<int> listed = ReadThreads();
        _watch.FlushAsync().Wait();
        Sink.Listed(listed);
        _hasWatched = true;
    }

    private async Task<bool> FlushAndListAsync()
    {
        HashSet<int> listed = ReadThreads();
        bool complete = await _watch.FlushAsync();
        Sink.Listed(listed);
        return complete;
    }

    private sealed class Consumer(IThreadSink sink) : EventConsumer
    {
        private readonly PassingFrames _passing = new();

        public override void OnEvent(in RuntimeEvent data)
        {
            switch (data.Id)
            {
                case RuntimeProvider.ThreadCreating:
                    sink.Creating(new ThreadCreating(data).RuntimeId, _passing.Of(data.Frames));
                    break;
                case RuntimeProvider.ThreadCreated:
                    var created = new ThreadCreated(data);
                    sink.Created(created.RuntimeId, created.SystemId);
                    break;
            }
        }

        public override void OnLost(long count)
        {
            // The list of threads tells of those whose events are missing.
        }
    }
}

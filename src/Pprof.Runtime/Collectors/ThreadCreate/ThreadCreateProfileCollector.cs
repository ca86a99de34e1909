using System.Diagnostics.Tracing;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.EventPipe;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.ThreadCreate;

/// <summary>
/// The threads that the process has ever created, by the stack that created them. Tracking begins before the
/// application's own code runs; threads that are older, or that native code created, have no stack.
/// </summary>
internal sealed class ThreadCreateProfileCollector : SnapshotProfileCollector
{
    private readonly Lock _gate = new();
    private readonly Lock _tracking = new();
    private readonly CreatedThreads _threads = new(ManagedRuntime.IsCoreClr && EventPipeSource.FiltersById ? RuntimeThread.SystemIdOf : null);
    private volatile EventSubscription? _subscription;
    private bool _startRequested;
    private volatile string? _failure;
    private long _lost;

    internal override string? UnsupportedReason =>
        SystemThreads.UnsupportedReason ?? (ManagedRuntime.IsCoreClr ? EventPipeSource.UnsupportedReason : null);

    internal override int Count => (int)Math.Min(int.MaxValue, _threads.Total);

    internal override void Start()
    {
        lock (_gate)
        {
            if (_startRequested)
            {
                return;
            }

            _startRequested = true;
        }

        if (ManagedRuntime.IsCoreClr)
        {
            // Loading the decoder takes a while, in which the application can start.
            OwnThreads.Start("pprof start", Track);
        }
    }

    internal override void Fill(Profile profile)
    {
        Start();
        if (_subscription is { Failure: not null } || _failure is not null)
        {
            // What it failed of may be over.
            Track();
        }

        HashSet<int> listed = SystemThreads.Read();
        bool complete = _subscription == null || EventPipeSource.Flush();
        _threads.AddUntracked(listed);

        profile.TimeNanos = Profile.NanosecondsNow;
        _threads.CopyTo(profile.Samples);
        profile.Gaps.LacksCreators = !ManagedRuntime.IsCoreClr;
        profile.Gaps.Failure = _failure ?? _subscription?.Failure;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.LostEvents = Interlocked.Read(ref _lost);
    }

    /// <summary>
    /// Only the event of the thread that creates another, where that is enough. The runtime never gives back the 600 bytes
    /// that it keeps for a thread which wrote an event in a session and ended (dotnet/runtime issue 111368; up to .NET 10),
    /// so a thread that is merely created must not write one.
    /// </summary>
    private static EventRequest Request() =>
        EventPipeSource.FiltersById && RuntimeThread.KnowsSystemId
            ? EventRequest.Runtime(RuntimeProvider.ThreadTransferKeyword, EventLevel.Informational, RuntimeProvider.ThreadCreating)
            : EventRequest.Runtime(
                RuntimeProvider.ThreadTransferKeyword | RuntimeProvider.AppDomainResourceKeyword,
                EventLevel.Informational,
                RuntimeProvider.ThreadCreating,
                RuntimeProvider.ThreadCreated);

    private void Track()
    {
        lock (_tracking)
        {
            try
            {
                _threads.AddUntracked(SystemThreads.Read());
                if (UnsupportedReason is { } reason)
                {
                    _failure = reason;
                    return;
                }

                _subscription?.Dispose();
                _subscription = null;
                _subscription = EventPipeSource.Join(new Consumer(this), Request());
                _failure = null;

                // Those that came while the session was being opened.
                HashSet<int> listed = SystemThreads.Read();
                EventPipeSource.Flush();
                _threads.AddUntracked(listed);
            }
            catch (Exception e)
            {
                // The application is starting, and does not fail because it is watched.
                _failure = e.Message;
            }
        }
    }

    private sealed class Consumer(ThreadCreateProfileCollector owner) : EventConsumer
    {
        // ThreadCreating: id (64 bits). ThreadCreated: the same id (64), domain (64), flags (32), index (32), system's id (32).
        private const int IdOffset = 0;
        private const int SystemIdOffset = 24;

        public override void OnEvent(in RuntimeEvent data)
        {
            switch (data.Id)
            {
                case RuntimeProvider.ThreadCreating:
                    owner._threads.Creating(data.ReadInt64(IdOffset), data.Stack);
                    break;
                case RuntimeProvider.ThreadCreated:
                    owner._threads.Created(data.ReadInt64(IdOffset), data.ReadInt32(SystemIdOffset));
                    break;
            }
        }

        public override void OnLost(long count) => Interlocked.Add(ref owner._lost, count);
    }
}

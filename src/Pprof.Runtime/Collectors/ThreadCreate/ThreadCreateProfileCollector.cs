using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.ThreadCreate;

/// <summary>
/// The threads that the process has ever created, by the stack that created them. Who created a thread is known of those
/// that came while threads were watched: from before the application's own code runs, where that is switched on, otherwise
/// while a window is open.
/// </summary>
internal sealed class ThreadCreateProfileCollector : SnapshotProfileCollector
{
    private readonly CreatedThreads _threads = new(ThreadCreationSource.SystemIdOf);
    private readonly ThreadCreationSource _source;

    public ThreadCreateProfileCollector()
    {
        _source = ThreadCreationSource.Create(_threads);
    }

    internal override string? UnsupportedReason => _source.UnsupportedReason;

    internal override int Count
    {
        get
        {
            if (!_source.IsWanted)
            {
                _source.List();
            }

            return (int)Math.Min(int.MaxValue, _threads.Total);
        }
    }

    internal override void Start() => _source.Start();

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation) =>
        WatchedWindow.OpenAsync(FillAsync, _source.OpenAsync, () => _source.Failure, _source.CloseAsync, cancellation);

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        bool complete = await _source.FlushAsync().OrCanceledAsync(cancellation);
        profile.TimeNanos = Profile.NanosecondsNow;
        _threads.CopyTo(profile.Samples);
        profile.Gaps.LacksCreators = !_source.KnowsCreators;
        profile.Gaps.KnowsCreatorsOfWindowsOnly = _source.KnowsCreators && !_source.IsWanted;
        profile.Gaps.Failure = _source.Failure;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.LostEvents = _source.Lost;
    }
}

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
    // Not before they are asked for: a service starts without them.
    private readonly Lazy<CreatedThreads> _threads = new(static () => new CreatedThreads(ThreadCreationSource.SystemIdOf));
    private readonly Lazy<ThreadCreationSource> _source;

    public ThreadCreateProfileCollector()
    {
        _source = new Lazy<ThreadCreationSource>(() => ThreadCreationSource.Create(Threads));
        ThreadCreators.AreKnownBy(Creators);
    }

    internal override string? UnsupportedReason => Source.UnsupportedReason;

    internal override int Count
    {
        get
        {
            Source.Look();
            return (int)Math.Min(int.MaxValue, Threads.Total);
        }
    }

    private CreatedThreads Threads => _threads.Value;

    private ThreadCreationSource Source => _source.Value;

    internal override void Start() => ThreadCreationSource.WatchesAlways.WhenOn(() => Source.UpdateAsync());

    internal override void ApplicationStarted() => ThreadCreationSource.Prepare();

    private Func<int, nuint[]> Creators()
    {
        if (Source.UnsupportedReason is not null)
        {
            return static _ => [];
        }

        if (Source.IsWanted)
        {
            // Where it has not begun to watch, or has failed, the next look knows more.
            _ = Source.UpdateAsync();
        }

        Source.Look();
        Threads.FindAnnounced();
        return Threads.CreatorOf;
    }

    internal override Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation) =>
        WatchedWindow.OpenAsync(FillAsync, Source.OpenAsync, () => Source.Failure, Source.CloseAsync, cancellation);

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        bool complete = await Source.FlushAsync().OrCanceledAsync(cancellation);
        profile.TimeNanos = Profile.NanosecondsNow;
        Threads.CopyTo(profile.Samples);
        profile.Gaps.LacksCreators = !Source.KnowsCreators;
        profile.Gaps.KnowsCreatorsOfWindowsOnly = Source.KnowsCreators && !Source.IsWanted;
        profile.Gaps.Failure = Source.Failure;
        profile.Gaps.LacksLastEvents = !complete;
        profile.Gaps.LostEvents = Source.Lost;
    }
}

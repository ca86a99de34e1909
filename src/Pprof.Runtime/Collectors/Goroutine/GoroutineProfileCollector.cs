using Pprof.Collectors.ThreadCreate;
using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Operations;
using Pprof.Sources.Threads;

namespace Pprof.Collectors.Goroutine;

/// <summary>
/// What is in flight, as Go's goroutines are: every thread of the process by its stack, and every asynchronous operation that
/// is suspended. Those of this package are left out, as Go leaves out its own.
/// </summary>
internal sealed class GoroutineProfileCollector : SnapshotProfileCollector
{
    private const string Async = "async";

    private readonly ThreadStackSource _threads;
    private readonly AsyncOperationSource? _operations;
    private readonly GoroutineProfileCollector? _threadsAlone;

    /// <summary>One that looks at threads and operations.</summary>
    public GoroutineProfileCollector()
        : this(ThreadStackSource.Create(), AsyncOperationSource.Create())
    {
    }

    /// <summary>The same by certain sources.</summary>
    internal GoroutineProfileCollector(ThreadStackSource threads, AsyncOperationSource? operations)
    {
        _threads = threads;
        _operations = operations;
        _threadsAlone = operations is null ? null : new GoroutineProfileCollector(threads, operations: null);
    }

    internal override string? UnsupportedReason => _threads.UnsupportedReason;

    internal override int Count => _threads.Count;

    internal override SnapshotProfileCollector For(ProfileArguments arguments) =>
        _threadsAlone is not null && arguments[Async] == 0 ? _threadsAlone : this;

    internal override Task FillAsync(Profile profile, CancellationToken cancellation) => FillAsync(profile, waits: null, cancellation);

    internal override async Task FillDetailAsync(Profile profile, CancellationToken cancellation)
    {
        var before = PoolCounters.Read();
        var waits = new WaitGraph();
        var start = new ThreadsAtMoment();
        await FillAsync(profile, waits, cancellation);
        waits.HaveRun.UnionWith(
            waits.Locks.Select(static contended => contended.Holder).Concat(waits.TaskWaits.Select(static wait => wait.Runner))
                .OfType<int>().Where(start.HasRun));
        AddCreators(profile.Threads);
        waits.Missing = _operations is null ? "threads alone were asked for (async=0)" : profile.Gaps.MissingOperations ?? waits.Missing;
        waits.Pool = PoolLook.Between(before, PoolCounters.Read(), profile.Threads);
        waits.Deadlocks.AddRange(Deadlocks.Of(waits));
        profile.Waits = waits;
    }

    private static void AddCreators(List<ProfileThread> threads)
    {
        Func<int, nuint[]> creatorOf = ThreadCreators.Read();
        for (int i = 0; i < threads.Count; i++)
        {
            threads[i] = threads[i] with { Creator = creatorOf(threads[i].Id) };
        }
    }

    private async Task FillAsync(Profile profile, WaitGraph? waits, CancellationToken cancellation)
    {
        // Read by a thread of the source's, which goes on when the client has hung up: by then nobody uses the profile.
        ThreadCoverage coverage = await _threads.ReadAsync(new SeenThreads(profile)).OrCanceledAsync(cancellation);
        if (coverage.Refusal is { } refusal)
        {
            throw new ProfileUnavailableException(refusal);
        }

        profile.Gaps.MissingRests = coverage.MissingRests;
        if (_operations is not null)
        {
            profile.Gaps.MissingOperations = await _operations.ReadAsync(new SeenOperations(profile), waits, cancellation);
        }
    }
}

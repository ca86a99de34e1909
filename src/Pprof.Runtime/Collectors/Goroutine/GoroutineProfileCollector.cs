using Pprof.Process;
using Pprof.Profiles;
using Pprof.Sources.Threads.AtRest;

namespace Pprof.Collectors.Goroutine;

/// <summary>
/// What is in flight, as Go's goroutines are: every thread of the process by its stack. Those of this package are left out,
/// as Go leaves out its own.
/// </summary>
internal sealed class GoroutineProfileCollector : SnapshotProfileCollector
{
    private readonly ThreadStackSource _source = ThreadStackSource.Create();

    internal override string? UnsupportedReason => _source.UnsupportedReason;

    internal override int Count => _source.Count;

    internal override async Task FillAsync(Profile profile, CancellationToken cancellation)
    {
        // Read by a thread of the source's, which goes on when the client has hung up: by then nobody uses the profile.
        string? failure = await _source.ReadAsync(new SeenThreads(profile)).OrCanceledAsync(cancellation);
        if (failure is not null)
        {
            throw new ProfileUnavailableException(failure);
        }
    }
}

using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>A profile that is collected over a span of time: the CPU profile.</summary>
internal abstract class TimedProfileCollector : ProfileCollector
{
    /// <inheritdoc/>
    internal sealed override Task ServeAsync(ICollectorRequest request) => request.ServeAsync(this);

    /// <summary>
    /// Collects into the empty <paramref name="profile"/> for <paramref name="duration"/>, or until
    /// <paramref name="cancellation"/>, then gives everything back.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="ProfilerBusyException">Too many collections are under way.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal abstract Task CollectAsync(Profile profile, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation);
}

using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>A profile that has a state at every moment: <c>heap</c>, <c>threadcreate</c>, a custom profile.</summary>
internal abstract class SnapshotProfileCollector : ProfileCollector
{
    /// <inheritdoc/>
    internal sealed override Task ServeAsync(ICollectorRequest request) => request.ServeAsync(this);

    /// <summary>The number on the index page.</summary>
    internal abstract int Count { get; }

    /// <summary>
    /// The number of values, the first of each sample, that only grow while the process lives; the others are a state, such as what
    /// is in use. By default none does.
    /// </summary>
    internal virtual int CumulativeValues => 0;

    /// <summary>The collector of what a request's arguments ask for, which is the same for the same arguments.</summary>
    internal virtual SnapshotProfileCollector For(ProfileArguments arguments) => this;

    /// <summary>
    /// Called before the first of two snapshots whose difference is asked for, and disposed after the second.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal virtual Task<ProfileWindow> BeginWindowAsync(CancellationToken cancellation) => Task.FromResult(new ProfileWindow(FillAsync));

    /// <summary>
    /// Garbage is about to be collected because somebody asks for it: what was allocated before is to be known as such.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal virtual Task PrepareForCollectionAsync(CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>
    /// Fills the empty <paramref name="profile"/> with the state now. Where that has to be waited for, no thread waits.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal abstract Task FillAsync(Profile profile, CancellationToken cancellation);

    /// <summary>The same, with what only the text form that shows more has.</summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal virtual Task FillDetailAsync(Profile profile, CancellationToken cancellation) => FillAsync(profile, cancellation);
}

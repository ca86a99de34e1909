namespace Pprof.Collectors;

/// <summary>
/// What is sent while it is collected, because it would not fit into memory: a trace. Its bytes have a format of their own.
/// </summary>
internal abstract class StreamProfileCollector : ProfileCollector
{
    /// <inheritdoc/>
    internal sealed override Task ServeAsync(ICollectorRequest request) => request.ServeAsync(this);

    /// <summary>The media type of what <see cref="WriteAsync"/> writes.</summary>
    internal abstract string ContentType(ProfileArguments arguments);

    /// <summary>Whether it shows requests by their names, which costs each of them something.</summary>
    internal virtual bool NamesRequests(ProfileArguments arguments) => false;

    /// <summary>
    /// Writes what happens in <paramref name="duration"/>, or until <paramref name="cancellation"/>, then gives everything
    /// back. Nothing is written before it is certain that it can be collected.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    /// <exception cref="ProfilerBusyException">Too many collections are under way.</exception>
    /// <exception cref="OperationCanceledException">The client hung up.</exception>
    internal abstract Task WriteAsync(StreamOutput output, TimeSpan duration, ProfileArguments arguments, CancellationToken cancellation);
}

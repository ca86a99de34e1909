namespace Pprof.Collectors;

/// <summary>
/// What is to be done with a collector, for each kind of them. The collector chooses: a kind of which a program has none calls
/// nothing here, and the trimmer removes what would serve it.
/// </summary>
internal interface ICollectorRequest
{
    /// <summary>Serves a profile that is collected over a span of time.</summary>
    Task ServeAsync(TimedProfileCollector collector);

    /// <summary>Serves a profile that has a state at every moment.</summary>
    Task ServeAsync(SnapshotProfileCollector collector);

    /// <summary>Serves what is sent while it is collected.</summary>
    Task ServeAsync(StreamProfileCollector collector);
}

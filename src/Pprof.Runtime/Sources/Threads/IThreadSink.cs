namespace Pprof.Sources.Threads;

/// <summary>Gets what a <see cref="ThreadCreationSource"/> sees.</summary>
internal interface IThreadSink
{
    /// <summary>A thread is being created. Comes before <see cref="Created"/>.</summary>
    /// <param name="runtimeId">The runtime's id of the new thread, which is given to others after its end.</param>
    /// <param name="frames">Where, leaf first.</param>
    void Creating(long runtimeId, ReadOnlySpan<nuint> frames);

    /// <summary>It runs. Does not come where <see cref="ThreadCreationSource.SystemIdOf"/> tells.</summary>
    /// <param name="runtimeId">The same as before.</param>
    /// <param name="systemId">The system's id.</param>
    void Created(long runtimeId, int systemId);

    /// <summary>The system has threads with these ids.</summary>
    /// <param name="systemIds">
    /// As they were some time ago, and everything that happened until then has been told since: a thread in the list of which
    /// nothing was told is one of which nothing will be.
    /// </param>
    void Listed(HashSet<int> systemIds);

    /// <summary>Nothing more is told for now: the runtime's ids that are known lose their meaning.</summary>
    void Unwatched();
}

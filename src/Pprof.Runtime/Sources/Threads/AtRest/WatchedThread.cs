using Pprof.Process;

namespace Pprof.Sources.Threads.AtRest;

/// <summary>A thread that is looked at again and again.</summary>
/// <param name="systemId">Its id in the operating system.</param>
/// <param name="now">From when its time counts.</param>
internal sealed class WatchedThread(int systemId, long now) : IDisposable
{
    private readonly TaskFile _file = new(systemId, "schedstat"u8);

    /// <summary>Its id in the operating system.</summary>
    public int SystemId => systemId;

    /// <summary>Whether it cannot be watched, though it has not ended.</summary>
    public bool IsRefused => _file.IsRefused;

    /// <summary>When it was looked at last.</summary>
    public long SeenAt { get; set; } = now;

    /// <summary>What the scheduler had counted then.</summary>
    public ThreadRuns Runs { get; set; }

    /// <summary>Nanoseconds that it has waited between looks between which it ran, so that it may have waited at several places.</summary>
    public long Waited { get; set; }

    /// <summary>The places at which it was seen then, by the sink's numbers: of each the time that is nearer to a look at it than to another look.</summary>
    public Dictionary<int, double> Places { get; } = [];

    /// <summary>The sink's number for where it stood when it was looked at last; negative where it was not at rest.</summary>
    public int Sample { get; set; } = -1;

    /// <summary>Whether it was at rest when it was looked at last.</summary>
    public bool IsAtRest { get; set; }

    /// <summary>What the scheduler has counted now; false where the thread has ended.</summary>
    public bool TryReadRuns(out ThreadRuns runs) => ThreadRuns.TryParse(_file.Read(stackalloc byte[128]), out runs);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

namespace Pprof.Sources.Trace;

/// <summary>Moments in the order of time, to be read by one thread.</summary>
internal abstract class TraceFeed
{
    /// <summary>When the next of those that happened by <paramref name="until"/> did; false where there is none.</summary>
    public abstract bool TryPeek(long until, out long timestamp);

    /// <summary>Takes that one.</summary>
    /// <param name="frames">Its stack, leaf first, until the next call.</param>
    public abstract TraceMoment Take(out ReadOnlySpan<nuint> frames);
}

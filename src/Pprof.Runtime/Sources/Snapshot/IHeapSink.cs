namespace Pprof.Sources.Snapshot;

/// <summary>Gets what is alive in the heap, from one thread.</summary>
internal interface IHeapSink
{
    /// <summary>Takes the objects of one type that are held in one way.</summary>
    /// <param name="frames">The type, its holder, and so on to the root; the type alone where nobody asks for more. Valid during the call.</param>
    /// <param name="objects">Their number.</param>
    /// <param name="bytes">Their bytes.</param>
    void Add(ReadOnlySpan<nuint> frames, long objects, long bytes);
}

using Pprof.Profiles;

namespace Pprof.Sources.Operations;

/// <summary>Gets the asynchronous operations that are suspended, from one thread.</summary>
internal interface IAsyncOperationSink
{
    /// <summary>Takes an operation.</summary>
    /// <param name="frames">Its method, the one that awaits it, and so on to the outermost. Valid during the call.</param>
    /// <param name="awaits">What it awaits: <c>delay</c>, <c>socket</c>, <c>semaphore</c>.</param>
    /// <param name="labels">Those with which it goes on.</param>
    void Add(ReadOnlySpan<nuint> frames, string awaits, LabelSet labels);
}

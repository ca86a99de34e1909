using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>Where a stream goes to.</summary>
/// <param name="bytes">What is written to it is sent.</param>
/// <param name="newTrace">Begins a trace at a time, whose bytes it gives away in pieces that are valid during the call.</param>
internal sealed class StreamOutput(Stream bytes, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> newTrace)
{
    /// <summary>What is written to it is sent.</summary>
    public Stream Bytes => bytes;

    /// <summary>
    /// Begins a trace at <paramref name="time"/>, whose bytes go to <paramref name="put"/> in pieces that are valid during
    /// the call.
    /// </summary>
    public TraceRecorder NewTrace(long time, Action<ReadOnlyMemory<byte>> put) => newTrace(time, put);
}

namespace Pprof.Sources.Threads.Stopped;

/// <summary>A thread as the runtime stopped it.</summary>
/// <param name="Timestamp">When, on the clock of <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</param>
/// <param name="IsManaged">Whether it was in managed code.</param>
/// <param name="Frames">Its managed frames, leaf first.</param>
internal sealed record SampledThread(long Timestamp, bool IsManaged, nuint[] Frames);

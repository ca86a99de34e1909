namespace Pprof.Sources.Allocations;

/// <summary>What a sink of allocations calls a sample, for as long as it has not forgotten everything.</summary>
/// <param name="Index">Which of all.</param>
/// <param name="Window">The window in which it came, as the sink counts them; 0 for none.</param>
/// <param name="WindowIndex">Which of those of the window.</param>
internal readonly record struct SinkSample(int Index, int Window = 0, int WindowIndex = 0);

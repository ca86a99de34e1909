namespace Pprof.Sources.Threads;

/// <summary>What a <see cref="ThreadWatch"/> has seen.</summary>
/// <param name="Duration">For how long.</param>
/// <param name="LooksPerSecond">How often a thread was looked at in a second, on average.</param>
/// <param name="ThreadsLeftOut">The most threads at a time that nobody looked at, because each needs an open file.</param>
internal readonly record struct WatchCoverage(TimeSpan Duration, double LooksPerSecond, int ThreadsLeftOut);

namespace Pprof.Sources.Snapshot;

/// <summary>
/// The process could not be copied, or its copy not be read. The message says why, and what would help.
/// </summary>
internal sealed class SnapshotException(string message) : Exception(message);

namespace Pprof.Sources.Snapshot;

/// <summary>
/// The heap could not be looked at. The message says why, and what would help.
/// </summary>
/// <param name="message">That.</param>
/// <param name="isRefused">Whether the process can never be copied here, or its copy not be read: another way may do.</param>
internal sealed class SnapshotException(string message, bool isRefused = false) : Exception(message)
{
    /// <summary>Whether the process can never be copied here, or its copy not be read.</summary>
    public bool IsRefused => isRefused;

    /// <summary>What the process has mapped cannot be read: for want of a descriptor, mostly, which passes.</summary>
    public static SnapshotException NoMap() =>
        new("/proc/self/maps cannot be read now; raise the limit of open files (ulimit -n), or mount /proc");
}

namespace Pprof.Sources.Snapshot;

/// <summary>
/// The memory that must be free for a copy of the process where the kernel would kill the service with it. What the copy will
/// need nobody knows: there is room for most, and who works on it looks again and again how much is left.
/// </summary>
internal static class CopyBudget
{
    // Of what the process has in memory a part for the marks of objects, and for what it writes to while the copy lives, which
    // is there twice; as much again for ways and types, which have an end.
    private const int PartOfProcess = 4;
    private const long MostTables = 64 << 20;

    // As much as may come within a few milliseconds.
    private const long Least = 32 << 20;

    /// <summary>Before a copy is made.</summary>
    /// <param name="free">The bytes that may still be used.</param>
    /// <param name="resident">Those that the process has in memory.</param>
    /// <exception cref="SnapshotException">They are too few.</exception>
    public static void CheckBefore(long free, long resident)
    {
        long part = resident / PartOfProcess;
        long needed = Least + part + Math.Min(part, MostTables);
        if (free < needed)
        {
            throw new SnapshotException(
                $"where the memory of this container runs out, all of its processes are killed at once (memory.oom.group), and a copy of this one may need {needed >> 20} MB, of which {Math.Max(0, free) >> 20} MB are free; "
                + "give the container more memory, or have the kernel kill one process alone (singleProcessOOMKill of the kubelet)");
        }
    }

    /// <summary>While there is one.</summary>
    /// <param name="free">The bytes that may still be used.</param>
    /// <exception cref="SnapshotException">They are too few.</exception>
    public static void Check(long free)
    {
        if (free < Least)
        {
            throw new SnapshotException("the copy of the process was given up, because the memory of this container, all of whose processes are killed at once where it runs out (memory.oom.group), came to its end; give the container more memory");
        }
    }
}

namespace Pprof.Process;

/// <summary>One line of <c>/proc/self/maps</c> (proc_pid_maps(5)).</summary>
internal sealed class ProcessMapRegion
{
    /// <summary>First address.</summary>
    public required nuint Start { get; init; }

    /// <summary>Address after the last.</summary>
    public required nuint Limit { get; init; }

    /// <summary>Offset of <see cref="Start"/> in the file.</summary>
    public required ulong Offset { get; init; }

    /// <summary>Inode of the file, or 0 where there is none.</summary>
    public required ulong Inode { get; init; }

    /// <summary>Path of the file or a name such as <c>[vdso]</c>; empty for anonymous memory.</summary>
    public required string Path { get; init; }

    /// <summary>Whether the memory can be read.</summary>
    public required bool IsReadable { get; init; }

    /// <summary>Whether the memory can be written.</summary>
    public required bool IsWritable { get; init; }

    /// <summary>Whether the memory can be executed.</summary>
    public required bool IsExecutable { get; init; }

    /// <summary>Whether <paramref name="address"/> lies in the region.</summary>
    public bool Contains(nuint address) => address >= Start && address < Limit;
}

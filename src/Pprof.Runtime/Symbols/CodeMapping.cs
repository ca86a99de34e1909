namespace Pprof.Symbols;

/// <summary>An executable region of the process, as <c>/proc/self/maps</c> lists it (proc_pid_maps(5)).</summary>
/// <param name="Start">First address.</param>
/// <param name="Limit">Address after the last.</param>
/// <param name="Offset">Offset of <paramref name="Start"/> in the file.</param>
/// <param name="FileName">Path of the file, <c>[vdso]</c>, or empty for memory without a file.</param>
/// <param name="BuildId">GNU build id in hexadecimal, or empty.</param>
internal sealed record CodeMapping(nuint Start, nuint Limit, ulong Offset, string FileName, string BuildId)
{
    /// <summary>Whether <paramref name="address"/> lies in it.</summary>
    public bool Contains(nuint address) => address >= Start && address < Limit;
}

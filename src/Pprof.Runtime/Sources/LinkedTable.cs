using System.Runtime.InteropServices;

namespace Pprof.Sources;

/// <summary>What hooks that were linked into a NativeAOT program export: a table that begins with its version.</summary>
internal static unsafe class LinkedTable
{
    /// <summary>The address of this program's; 0 where it has none, or that of another release of this package.</summary>
    public static nint Find(string export, long version)
    {
        try
        {
            return NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), export, out nint table) && *(long*)table == version ? table : 0;
        }
        catch (SystemException)
        {
            // A program that is linked statically may have no table of what it exports.
            return 0;
        }
    }
}

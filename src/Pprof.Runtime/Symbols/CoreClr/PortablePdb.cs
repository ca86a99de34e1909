using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.CompilerServices;

namespace Pprof.Symbols.CoreClr;

/// <summary>
/// Which modules have a portable PDB, inside or beside their file, as the runtime looks for it. To ask for the file and
/// line of a method is the larger part of the cost of a name; methods without one tell nothing, because what the compiler
/// made has no lines in any PDB. Safe for concurrent use.
/// </summary>
internal static class PortablePdb
{
    // By module, so that one which is unloaded is not kept.
    private static readonly ConditionalWeakTable<Module, object> s_exists = [];

    /// <summary>Whether the methods of <paramref name="module"/> can have files and lines.</summary>
    public static bool Exists(Module module) =>
        (bool)s_exists.GetValue(module, static module => Find(module));

    [UnconditionalSuppressMessage(
        "SingleFile", "IL3000", Justification = "An assembly without a place is one that the runtime is asked about.")]
    private static bool Find(Module module)
    {
        // In memory, or in a single file: its PDB may be in memory too.
        string path = module.Assembly.Location;
        return path.Length == 0 || Find(path);
    }

    /// <summary>Whether the assembly at <paramref name="path"/> has one that belongs to it.</summary>
    internal static bool Find(string path)
    {
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            foreach (DebugDirectoryEntry entry in file.ReadDebugDirectory())
            {
                if (entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb)
                {
                    return true;
                }
            }

            bool found = file.TryOpenAssociatedPortablePdb(path, OpenIfThere, out MetadataReaderProvider? pdb, out _);
            pdb?.Dispose();
            return found;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
        {
            // The assembly was replaced while it runs, or the PDB is damaged: the runtime has no lines either.
            return false;
        }
    }

    private static FileStream? OpenIfThere(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

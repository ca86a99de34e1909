using System.Runtime.InteropServices;

namespace Pprof.Sources.Allocations;

/// <summary>
/// A weak handle that the hooks have made: a pointer to a word that the collector keeps right, and sets to 0 when the object
/// is dead.
/// </summary>
/// <param name="Address">Of the word; 0 where there is no handle.</param>
internal readonly unsafe record struct WeakHandle(nint Address)
{
    /// <summary>Whether there is none.</summary>
    public bool IsNull => Address == 0;

    /// <summary>Whether a collection has found the object dead.</summary>
    public bool IsDead => Volatile.Read(ref *(nint*)Address) == 0;

    /// <summary>The generation of the object, or -1 where it is dead.</summary>
    public int Generation => Target is { } target ? GC.GetGeneration(target) : -1;

    /// <summary>The object, or null where it is dead.</summary>
    public object? Target => GCHandle.FromIntPtr(Address).Target;

    /// <summary>Gives it back, if there is one.</summary>
    public void Free()
    {
        if (!IsNull)
        {
            GCHandle.FromIntPtr(Address).Free();
        }
    }

    /// <summary>Collects garbage until the object is dead; false where it stays alive.</summary>
    public bool DiesOfCollections()
    {
        // Where a collection came in between, it is one generation older.
        for (int generation = 0; generation <= GC.MaxGeneration; generation++)
        {
            GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
            if (IsDead)
            {
                return true;
            }
        }

        return false;
    }
}

namespace Pprof.Tool.Converting;

/// <summary>A type of a dump, with what there is of it.</summary>
/// <param name="name">Its name.</param>
/// <param name="size">The bytes of its objects that say nothing else.</param>
/// <param name="module">The file that it is of, or empty.</param>
internal sealed class GcDumpType(string name, int size, string module)
{
    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The bytes of its objects that say nothing else.</summary>
    public int Size => size;

    /// <summary>The file that it is of, or empty.</summary>
    public string Module => module;

    /// <summary>The number of its objects.</summary>
    public long Objects { get; set; }

    /// <summary>The bytes of its objects.</summary>
    public long Bytes { get; set; }
}

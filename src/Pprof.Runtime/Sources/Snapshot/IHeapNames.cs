namespace Pprof.Sources.Snapshot;

/// <summary>The frames of the nodes of a heap.</summary>
internal interface IHeapNames
{
    /// <summary>That of an object of a type.</summary>
    nuint TypeFrame(ulong type);

    /// <summary>That of a holder, whose reference is at <paramref name="offset"/>.</summary>
    nuint HolderFrame(ulong type, uint offset);

    /// <summary>That of a root, by the number of its label.</summary>
    nuint RootFrame(uint label);
}

namespace Pprof.Sources.EventPipe.Events;

/// <summary>How a root keeps its object: GCRootFlagsMap of ClrEtwAll.man.</summary>
[Flags]
internal enum BulkRootFlags : uint
{
    /// <summary>In its place, too.</summary>
    Pinning = 1,

    /// <summary>Not at all.</summary>
    WeakRef = 2,

    /// <summary>It points into the object.</summary>
    Interior = 4,

    /// <summary>As long as native code counts references to it.</summary>
    RefCounted = 8,
}

namespace Pprof.Sources.Waits.Linked;

/// <summary>Which waits the hooks of waits.c record.</summary>
internal enum Watched
{
    /// <summary>None.</summary>
    Nothing,

    /// <summary>Those for contended locks, and what is not known not to be one.</summary>
    Locks,

    /// <summary>All.</summary>
    All,
}

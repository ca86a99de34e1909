namespace Pprof.Sources.Waits;

/// <summary>Which waits are recorded.</summary>
internal enum Watched
{
    /// <summary>None.</summary>
    Nothing,

    /// <summary>Those for contended locks, and what is not known not to be one.</summary>
    Locks,

    /// <summary>All.</summary>
    All,
}

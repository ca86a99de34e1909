namespace Pprof.Sources.Waits.Linked;

/// <summary>What the hooks of waits.c know of a wait before they have its stack.</summary>
internal enum HookedWait
{
    /// <summary>Nothing: nobody has told yet.</summary>
    Unknown,

    /// <summary>It is one for a contended lock.</summary>
    Lock,

    /// <summary>It is none.</summary>
    Other,

    /// <summary>It is nothing of the application's, and is not recorded.</summary>
    Idle,
}

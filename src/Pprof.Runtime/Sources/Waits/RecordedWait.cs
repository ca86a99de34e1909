namespace Pprof.Sources.Waits;

/// <summary>What who records a wait knows of it before anybody has looked at its stack.</summary>
internal enum RecordedWait
{
    /// <summary>Nothing: nobody has told yet.</summary>
    Unknown,

    /// <summary>It is one for a contended lock.</summary>
    Lock,

    /// <summary>It is none.</summary>
    Other,

    /// <summary>It is nothing of the application's, and is not recorded.</summary>
    Idle,

    /// <summary>It has ended within a contention: it is a part of it, unless that was over without an end.</summary>
    Part,

    /// <summary>One has begun within a contention of which a part was recorded: that one was not the last.</summary>
    Again,
}

namespace Pprof.Runtime.Tests.Encoding.Trace;

/// <summary>What can become of events on their way.</summary>
public enum Disorder
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>One in four comes twice, and a stretch of them once more.</summary>
    Repeated,

    /// <summary>The beginning, the end and a stretch in between are missing.</summary>
    Truncated,

    /// <summary>Neighbors have changed places.</summary>
    Reordered,

    /// <summary>All of that.</summary>
    All,
}

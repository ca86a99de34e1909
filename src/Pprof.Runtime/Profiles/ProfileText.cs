using System.ComponentModel;

namespace Pprof.Profiles;

/// <summary>The text forms of profiles. Tools parse them.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public enum ProfileText
{
    /// <summary>There is none: the profile is binary whatever <c>debug=</c> says.</summary>
    None,

    /// <summary>A total, then each stack with its number.</summary>
    Count,

    /// <summary>Each stack with its nanoseconds and its number of waits.</summary>
    Contention,

    /// <summary>The same with the fraction that was sampled, by which readers multiply.</summary>
    Mutex,

    /// <summary>Each stack with its objects and bytes, those in use and all, as sampled; then the collector's own figures.</summary>
    Heap,

    /// <summary>A total, then each stack with its number; with <c>debug=2</c> each thread on its own, as Go shows a crash.</summary>
    Goroutine,

    /// <summary>Each stack with its objects and bytes that are alive, none left out.</summary>
    LiveHeap,
}

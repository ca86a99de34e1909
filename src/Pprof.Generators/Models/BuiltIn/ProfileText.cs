namespace Pprof.Generators.Models.BuiltIn;

/// <summary>The text forms of profiles. A test holds them against the runtime's.</summary>
internal enum ProfileText
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>A total, then each stack with its number.</summary>
    Count,

    /// <summary>Each stack with its nanoseconds and its number of waits.</summary>
    Contention,

    /// <summary>The same with the fraction that was sampled.</summary>
    Mutex,

    /// <summary>Each stack with its objects and bytes, those in use and all, as sampled; then the collector's own figures.</summary>
    Heap,

    /// <summary>A total, then each stack with its number; with <c>debug=2</c> each thread on its own.</summary>
    Goroutine,

    /// <summary>Each stack with its objects and bytes that are alive, none left out.</summary>
    LiveHeap,
}

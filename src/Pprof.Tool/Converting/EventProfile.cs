namespace Pprof.Tool.Converting;

/// <summary>What can be made of the runtime's events. The order is that in which a recording is looked through.</summary>
internal enum EventProfile
{
    /// <summary>The time of all managed threads, running or waiting.</summary>
    Wall,

    /// <summary>What was allocated.</summary>
    Allocations,

    /// <summary>Waits for contended locks.</summary>
    Mutex,
}

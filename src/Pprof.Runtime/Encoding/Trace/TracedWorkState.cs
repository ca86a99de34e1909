namespace Pprof.Encoding.Trace;

/// <summary>What a unit of work does.</summary>
internal enum TracedWorkState
{
    /// <summary>It could run, if a thread took it.</summary>
    Runnable,

    /// <summary>It runs.</summary>
    Running,

    /// <summary>It waits.</summary>
    Waiting,
}

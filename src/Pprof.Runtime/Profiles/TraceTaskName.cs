namespace Pprof.Profiles;

/// <summary>How an activity's better name comes to the trace from those who know what it is about.</summary>
internal static class TraceTaskName
{
    /// <summary>The property of the activity that has it.</summary>
    public const string Property = "pprof.name";
}

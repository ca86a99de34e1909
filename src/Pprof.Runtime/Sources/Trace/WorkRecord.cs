namespace Pprof.Sources.Trace;

/// <summary>What a thread did with the queue of the thread pool, or with an asynchronous method.</summary>
/// <param name="Timestamp">When.</param>
/// <param name="Number">The hash code of the work; the number of the method's task.</param>
/// <param name="Stack">The number of its stack (<see cref="WorkStacks"/>); 0 for none.</param>
/// <param name="Name">The number of a name; 0 for none.</param>
/// <param name="Kind">What.</param>
internal readonly record struct WorkRecord(long Timestamp, int Number, int Stack, int Name, TraceMomentKind Kind);

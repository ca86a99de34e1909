namespace Pprof.Encoding.Trace;

/// <summary>A region that work is in.</summary>
/// <param name="Task">The number by which its operation is told of; 0 for none.</param>
/// <param name="TaskId">That of its operation in the trace; 0 where it is of none, or of one that is not there.</param>
/// <param name="Name">Its name.</param>
/// <param name="Text">The id of the name.</param>
internal readonly record struct TracedRegion(long Task, ulong TaskId, string Name, uint Text);

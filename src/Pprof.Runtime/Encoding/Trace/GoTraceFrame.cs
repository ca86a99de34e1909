namespace Pprof.Encoding.Trace;

/// <summary>A frame of a stack in a trace. Readers take two frames of one address for the same.</summary>
/// <param name="Address">The address.</param>
/// <param name="Function">The id of the function's name.</param>
/// <param name="File">The id of the file's name.</param>
/// <param name="Line">The line, or 0.</param>
internal readonly record struct GoTraceFrame(ulong Address, uint Function, uint File, uint Line);

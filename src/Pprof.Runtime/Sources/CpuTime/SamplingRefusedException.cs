namespace Pprof.Sources.CpuTime;

/// <summary>The system has not what a sampling needs. The message says what is lacking, and what would help.</summary>
internal sealed class SamplingRefusedException(string message, Exception? inner = null) : Exception(message, inner);

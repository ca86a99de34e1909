namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>In which order the tracks of a process that are no thread's stand, from the top.</summary>
internal static class PerfettoTracks
{
    public const int Counters = 1;
    public const int Queue = 4;
    public const int Stops = 5;
    public const int Collections = 6;
    public const int Heap = 7;
    public const int Allocated = 9;
    public const int Tasks = 10;
    public const int Operations = 11;
}

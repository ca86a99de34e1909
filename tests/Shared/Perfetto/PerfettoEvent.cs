namespace Pprof.Testing.Perfetto;

/// <summary>A slice or an instant of a trace.</summary>
/// <param name="Track">The track's id.</param>
/// <param name="Category">What kind of thing it is.</param>
/// <param name="Name">Its name.</param>
/// <param name="Start">Nanoseconds on the clock of the trace.</param>
/// <param name="Above">The slice that it lies in; null for none.</param>
/// <param name="Stack">The functions of its stack, the outermost first.</param>
/// <param name="Numbers">Its numbers by their names.</param>
internal sealed record PerfettoEvent(
    ulong Track, string Category, string Name, long Start, PerfettoEvent? Above, IReadOnlyList<string> Stack, IReadOnlyDictionary<string, long> Numbers)
{
    /// <summary>When it ended, for a slice; the same moment for an instant.</summary>
    public long End { get; set; } = Start;

    /// <summary>How long it took.</summary>
    public long Duration => End - Start;

    /// <summary>The events from which arrows lead here.</summary>
    public List<PerfettoEvent> From { get; } = [];
}

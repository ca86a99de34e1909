namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>An asynchronous method that has been suspended and has not ended.</summary>
internal sealed class PerfettoOperation(long number, string name, PerfettoLane lane, long start)
{
    /// <summary>The number by which it is told of.</summary>
    public long Number => number;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Where its whole time is drawn.</summary>
    public PerfettoLane Lane => lane;

    /// <summary>When it was suspended first.</summary>
    public long Start => start;

    /// <summary>The arrow from where it was suspended last.</summary>
    public ulong Flow { get; set; }

    /// <summary>Whether a thread is in it.</summary>
    public bool IsEntered { get; set; }

    /// <summary>Whether it ends when the thread leaves it.</summary>
    public bool IsEnding { get; set; }
}

using System.Diagnostics;

namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>A number that changes often: a thousand values of it in a second are enough to see what it does.</summary>
internal sealed class PerfettoCounter(PerfettoFile file, ulong track, long since)
{
    private static readonly long s_interval = Stopwatch.Frequency / 1000;

    private long _value;
    private long _changedAt = since;
    private long _written = -1;
    private long _writtenAt = long.MinValue / 2;

    /// <summary>It changes.</summary>
    public void Add(int change, long time)
    {
        _value += change;
        _changedAt = Math.Max(_changedAt, time);
    }

    /// <summary>Writes what it has become, if that is due at a time.</summary>
    public void Advance(long time)
    {
        if (_value != _written && time - _writtenAt >= s_interval)
        {
            Write();
        }
    }

    /// <summary>Writes what it has become.</summary>
    public void Complete()
    {
        if (_value != _written)
        {
            Write();
        }
    }

    private void Write()
    {
        _writtenAt = Math.Max(_changedAt, _writtenAt + 1);
        _written = _value;
        file.Count(track, _writtenAt, _value);
    }
}

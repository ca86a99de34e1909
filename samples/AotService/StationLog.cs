namespace AotService;

/// <summary>The latest readings. Older ones are forgotten, so that memory lives for a while and dies.</summary>
internal sealed class StationLog
{
    private const int Capacity = 1_000;

    private readonly Lock _gate = new();
    private readonly Queue<Reading> _readings = new(Capacity);

    public void Add(Reading reading)
    {
        lock (_gate)
        {
            if (_readings.Count == Capacity)
                _readings.Dequeue();

            _readings.Enqueue(reading);
        }
    }

    public Reading[] Latest()
    {
        lock (_gate)
        {
            return [.. _readings];
        }
    }

    /// <summary>Archives the readings, and lets no station add one meanwhile.</summary>
    public int Archive()
    {
        lock (_gate)
        {
            Thread.Sleep(5);
            return _readings.Count;
        }
    }
}

namespace Pprof.Encoding.Trace;

/// <summary>The regions that work, or a thread, is in, one within the other.</summary>
internal sealed class TracedRegions
{
    private const int MaxRegions = 64;

    private readonly List<TracedRegion> _regions = [];

    // Inside of these, and not drawn, because there are too many.
    private int _undrawn;

    /// <summary>How many there are.</summary>
    public int Count => _regions.Count;

    /// <summary>
    /// How many of the innermost are of operations that have ended on another thread: nobody else ends those. The outermost
    /// <paramref name="around"/> stay.
    /// </summary>
    public int CountLeftBehind(Predicate<long> isUnderWay, int around = 0)
    {
        int count = 0;
        while (count < _regions.Count - around && _regions[^(count + 1)] is { TaskId: not 0 } region && !isUnderWay(region.Task))
        {
            count++;
        }

        return count;
    }

    /// <summary>Enters one; false where there are too many.</summary>
    public bool TryBegin(in TracedRegion region)
    {
        if (_regions.Count == MaxRegions)
        {
            _undrawn++;
            return false;
        }

        _regions.Add(region);
        return true;
    }

    /// <summary>
    /// How many end with the innermost region of this name: that of the operation, or, with 0, whichever. What is inside ends
    /// first. The outermost <paramref name="around"/> stay.
    /// </summary>
    public int CountEnding(long task, string name, int around = 0)
    {
        int index = task == 0 && _undrawn > 0 ? -1 : _regions.FindLastIndex(region => (task == 0 || region.Task == task) && region.Name == name);
        if (index < 0)
        {
            _undrawn = Math.Max(0, _undrawn - 1);
            return 0;
        }

        return index < around ? 0 : _regions.Count - index;
    }

    /// <summary>Leaves the innermost, and tells which it is.</summary>
    public TracedRegion End()
    {
        TracedRegion region = _regions[^1];
        _regions.RemoveAt(_regions.Count - 1);

        // Those inside of it have ended with it.
        _undrawn = 0;
        return region;
    }
}

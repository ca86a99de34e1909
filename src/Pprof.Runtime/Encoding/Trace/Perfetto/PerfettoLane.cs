namespace Pprof.Encoding.Trace.Perfetto;

/// <summary>
/// A track for operations of which one goes on at a time. Those that are part of it have lanes below. It is given to another
/// when its operation and all below have ended.
/// </summary>
internal sealed class PerfettoLane(ulong track, PerfettoLane? above)
{
    private readonly Stack<PerfettoLane> _free = new();
    private int _users;

    /// <summary>Its track.</summary>
    public ulong Track => track;

    /// <summary>A lane below this one that nobody has, or null.</summary>
    public PerfettoLane? TakeBelow() => _free.TryPop(out PerfettoLane? lane) ? lane : null;

    /// <summary>It is used, and so is what is above.</summary>
    public void Use()
    {
        if (_users++ == 0)
        {
            above?.Use();
        }
    }

    /// <summary>It is used by one less.</summary>
    public void Release()
    {
        if (--_users == 0)
        {
            above?.AddFree(this);
        }
    }

    private void AddFree(PerfettoLane lane)
    {
        _free.Push(lane);
        Release();
    }
}

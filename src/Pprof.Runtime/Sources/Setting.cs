namespace Pprof.Sources;

/// <summary>
/// How much a source sees: a value, and who hears when it changes. It is a static of its source, so that who sets it links
/// nothing else of the source.
/// </summary>
internal sealed class Setting<T>
    where T : struct, IEquatable<T>
{
    private readonly Lock _gate = new();

    // Read for every event, so without the lock.
    private volatile Box _current = new(default);

    /// <summary>Raised after the value has changed, with whether it has to hold when the call that changed it returns.</summary>
    public event Action<bool>? Changed;

    /// <summary>The value.</summary>
    public T Value => _current.Value;

    /// <summary>Sets the value and returns what it was.</summary>
    public T Set(T value, bool atOnce = true)
    {
        T before;
        lock (_gate)
        {
            before = _current.Value;
            _current = new Box(value);
        }

        if (!before.Equals(value))
        {
            Changed?.Invoke(atOnce);
        }

        return before;
    }

    private sealed record Box(T Value);
}

namespace Pprof.Sources;

/// <summary>
/// How much a source sees: a whole number, 0 for nothing, and who hears when it changes. It is a static of its source, so
/// that who sets it links nothing else of the source.
/// </summary>
/// <remarks>Every service sets them at start, so they are not generic: what is cannot be compiled in advance.</remarks>
internal sealed class Setting
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();

    // Read for every event, so without the lock.
    private long _value;
    private long _configured;

    /// <summary>Raised after the value has changed. The task completes when what is seen is as the value says.</summary>
    public event Func<Task>? Changed;

    /// <summary>The value.</summary>
    public long Value => Volatile.Read(ref _value);

    /// <summary>Whether anything is to be seen.</summary>
    public bool IsOn => Value != 0;

    /// <summary>Sets the value and returns what it was.</summary>
    /// <param name="value">The new value.</param>
    /// <param name="atOnce">Whether it is to hold when this returns, unless that takes longer than an application can be made to wait.</param>
    public long Set(long value, bool atOnce = true)
    {
        long before;
        lock (_gate)
        {
            before = _value;
            Volatile.Write(ref _value, value);
        }

        if (before != value && Changed is { } changed)
        {
            Tell(changed, atOnce);
        }

        return before;
    }

    /// <summary>
    /// Sets the value that the configuration has, where it had another before: what was set since holds as long as the
    /// configuration stays. Does not wait until it is so.
    /// </summary>
    public void Configure(long value)
    {
        lock (_gate)
        {
            if (_configured == value)
            {
                return;
            }

            _configured = value;
        }

        Set(value, atOnce: false);
    }

    /// <summary>
    /// Calls <paramref name="begin"/> when something is to be seen for the first time, which may be now; twice where the value
    /// is set at this moment.
    /// </summary>
    public void WhenOn(Func<Task> begin)
    {
        Changed += BeginAsync;
        if (IsOn)
        {
            BeginAsync();
        }

        Task BeginAsync()
        {
            Changed -= BeginAsync;
            return begin();
        }
    }

    private static void Tell(Func<Task> changed, bool atOnce)
    {
        Task updated = Task.WhenAll([.. changed.GetInvocationList().Select(update => ((Func<Task>)update)())]);
        if (atOnce)
        {
            updated.Wait(s_patience);
        }
    }
}

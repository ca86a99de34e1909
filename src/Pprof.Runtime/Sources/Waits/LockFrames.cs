using System.Diagnostics.Tracing;
using System.Reflection;

namespace Pprof.Sources.Waits;

/// <summary>
/// Tells the innermost frames of a wait's stack that belong to the runtime. Looks a method up once for each
/// address. Not safe for concurrent use.
/// </summary>
/// <param name="methodAt">The method at an address; null where that is not managed code.</param>
internal sealed class LockFrames(Func<nuint, MethodBase?> methodAt)
{
    private const int MaxAddresses = 1 << 14;

    private readonly Dictionary<nuint, Kind> _kinds = [];

    private enum Kind
    {
        Other,
        Unknown,
        Tracing,
        Waiting,
        Locking,
        MonitorWait,
    }

    /// <summary>The number of innermost frames that only the event has brought there.</summary>
    public int CountTracing(ReadOnlySpan<nuint> frames) => Count(frames, Kind.Tracing);

    /// <summary>The number of innermost frames that are no method's: code that the runtime makes to call its own.</summary>
    public int CountUnknown(ReadOnlySpan<nuint> frames) => Count(frames, Kind.Unknown);

    /// <summary>The number of innermost frames above a lock's own, where it is the lock that waits on an event; −1 where it is not.</summary>
    public int CountWaiting(ReadOnlySpan<nuint> frames)
    {
        int count = Count(frames, Kind.Waiting);
        return count < frames.Length && KindOf(frames[count]) == Kind.Locking ? count : -1;
    }

    /// <summary>The number of innermost frames that are the lock's, with those that only the event has brought there.</summary>
    public int CountLocking(ReadOnlySpan<nuint> frames)
    {
        int count = 0;
        while (count < frames.Length && KindOf(frames[count]) is Kind.Tracing or Kind.Locking or Kind.MonitorWait)
        {
            count++;
        }

        return count;
    }

    private int Count(ReadOnlySpan<nuint> frames, Kind kind)
    {
        int count = 0;
        while (count < frames.Length && KindOf(frames[count]) == kind)
        {
            count++;
        }

        return count;
    }

    private Kind KindOf(nuint address)
    {
        if (!_kinds.TryGetValue(address, out Kind kind))
        {
            if (_kinds.Count >= MaxAddresses)
            {
                _kinds.Clear();
            }

            kind = KindOf(methodAt(address));
            _kinds.Add(address, kind);
        }

        return kind;
    }

    private static Kind KindOf(MethodBase? method) =>
        method is null ? Kind.Unknown
        : method.DeclaringType is not { } type || type.Assembly != typeof(Lock).Assembly ? Kind.Other
        : typeof(EventSource).IsAssignableFrom(type) ? Kind.Tracing
        : typeof(WaitHandle).IsAssignableFrom(type) ? Kind.Waiting
        : type == typeof(Monitor) && method.Name is nameof(Monitor.Wait) or "ObjWait" ? Kind.MonitorWait
        : type == typeof(Lock) || type == typeof(Monitor) ? Kind.Locking
        : Kind.Other;
}

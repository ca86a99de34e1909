using System.Diagnostics.Tracing;
using System.Reflection;

namespace Pprof.Sources.Waits;

/// <summary>
/// Tells the innermost frames of a contention's stack that belong to the runtime. Looks a method up once for each
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
        Tracing,
        Locking,
    }

    /// <summary>The number of innermost frames that only the event has brought there.</summary>
    public int CountTracing(ReadOnlySpan<nuint> frames)
    {
        int count = 0;
        while (count < frames.Length && KindOf(frames[count]) == Kind.Tracing)
        {
            count++;
        }

        return count;
    }

    /// <summary>The number of innermost frames that are the lock's, with those that only the event has brought there.</summary>
    public int CountLocking(ReadOnlySpan<nuint> frames)
    {
        int count = 0;
        while (count < frames.Length && KindOf(frames[count]) != Kind.Other)
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

            kind = methodAt(address)?.DeclaringType is not { } type || type.Assembly != typeof(Lock).Assembly ? Kind.Other
                : typeof(EventSource).IsAssignableFrom(type) ? Kind.Tracing
                : type == typeof(Lock) || type == typeof(Monitor) ? Kind.Locking
                : Kind.Other;
            _kinds.Add(address, kind);
        }

        return kind;
    }
}

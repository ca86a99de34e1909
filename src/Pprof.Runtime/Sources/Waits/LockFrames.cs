using System.Diagnostics.Tracing;
using System.Reflection;
using Pprof.Symbols.CoreClr;

namespace Pprof.Sources.Waits;

/// <summary>
/// Tells the innermost frames of a contention's stack that belong to the runtime. Looks a method up once for each
/// address.
/// </summary>
internal sealed class LockFrames
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
    public int Tracing(ReadOnlySpan<nuint> stack)
    {
        int count = 0;
        while (count < stack.Length && KindOf(stack[count]) == Kind.Tracing)
        {
            count++;
        }

        return count;
    }

    /// <summary>The number of innermost frames that are the lock's, or only the event has brought there.</summary>
    public int Locking(ReadOnlySpan<nuint> stack)
    {
        int count = 0;
        while (count < stack.Length && KindOf(stack[count]) != Kind.Other)
        {
            count++;
        }

        return count;
    }

    private Kind KindOf(nuint returnAddress)
    {
        if (!_kinds.TryGetValue(returnAddress, out Kind kind))
        {
            if (_kinds.Count >= MaxAddresses)
            {
                _kinds.Clear();
            }

            MethodBase? method = NativeMethodLookup.Find(returnAddress - 1);
            kind = method?.DeclaringType is not { } type || type.Assembly != typeof(Lock).Assembly ? Kind.Other
                : typeof(EventSource).IsAssignableFrom(type) ? Kind.Tracing
                : type == typeof(Lock) || type == typeof(Monitor) ? Kind.Locking
                : Kind.Other;
            _kinds.Add(returnAddress, kind);
        }

        return kind;
    }
}

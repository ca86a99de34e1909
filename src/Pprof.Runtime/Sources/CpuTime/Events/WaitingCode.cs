using System.Reflection;

namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// Tells by the innermost frame of a thread in native code whether it is where the class library waits. Looks a method up once
/// for each address. Not safe for concurrent use.
/// </summary>
/// <param name="methodAt">The method at an address; null where that is not managed code.</param>
internal sealed class WaitingCode(Func<nuint, MethodBase?> methodAt)
{
    private const int MaxAddresses = 1 << 14;

    // Between the method that waits and the native code there can be stubs that the runtime made.
    private const int MaxStubs = 3;

    private readonly Dictionary<nuint, Kind> _kinds = [];

    private enum Kind
    {
        Stub,
        Waiting,
        Other,
    }

    /// <summary>Whether a thread with this stack, leaf first, waits if it is in native code.</summary>
    public bool Contains(ReadOnlySpan<nuint> frames)
    {
        for (int i = 0; i < Math.Min(frames.Length, MaxStubs); i++)
        {
            Kind kind = KindOf(frames[i]);
            if (kind != Kind.Stub)
            {
                return kind == Kind.Waiting;
            }
        }

        return false;
    }

    private Kind KindOf(nuint address)
    {
        if (!_kinds.TryGetValue(address, out Kind kind))
        {
            if (_kinds.Count >= MaxAddresses)
            {
                _kinds.Clear();
            }

            kind = methodAt(address) is not { } method ? Kind.Stub : IsWaiting(method) ? Kind.Waiting : Kind.Other;
            _kinds.Add(address, kind);
        }

        return kind;
    }

    // Threads, locks, handles and the pool, which all wait in one of a few native functions; and the thread that waits for sockets.
    private static bool IsWaiting(MethodBase method) => method.DeclaringType is { } type
        && ((type.Assembly == typeof(Thread).Assembly && type.Namespace == "System.Threading")
            || type.FullName == "System.Net.Sockets.SocketAsyncEngine"
            || method.Name.Contains("WaitForSocketEvents", StringComparison.Ordinal));
}

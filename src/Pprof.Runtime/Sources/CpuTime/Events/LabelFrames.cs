using System.Diagnostics;
using System.Reflection;
using Pprof.Labels;

namespace Pprof.Sources.CpuTime.Events;

/// <summary>
/// Tells which innermost frames of a sample are those of noting a change of labels. That asks for the time, where the runtime
/// can stop a thread: of those that it wants to stop, many that have just been elsewhere are seen there first. They were where
/// labels change, which is what is left without these frames. Looks a method up once for each address. Not safe for concurrent
/// use.
/// </summary>
/// <param name="methodAt">The method at an address; null where that is not managed code.</param>
internal sealed class LabelFrames(Func<nuint, MethodBase?> methodAt)
{
    private const int MaxAddresses = 1 << 14;

    private readonly Dictionary<nuint, Kind> _kinds = [];

    private enum Kind
    {
        Other,

        // Where a thread waits until it may go on, and what asks for the time.
        Stop,

        // Of this package.
        Labels,

        // What tells this package that labels change.
        Flow,
    }

    /// <summary>How many there are, from the leaf on.</summary>
    public int Count(ReadOnlySpan<nuint> frames)
    {
        int count = 0;
        while (count < frames.Length && KindOf(frames[count]) == Kind.Stop)
        {
            count++;
        }

        if (count == frames.Length || KindOf(frames[count]) != Kind.Labels)
        {
            return 0;
        }

        while (count < frames.Length && KindOf(frames[count]) is Kind.Labels or Kind.Flow)
        {
            count++;
        }

        return count == frames.Length ? 0 : count;
    }

    private Kind KindOf(nuint address)
    {
        if (!_kinds.TryGetValue(address, out Kind kind))
        {
            if (_kinds.Count >= MaxAddresses)
            {
                _kinds.Clear();
            }

            kind = KindOf(methodAt(address)?.DeclaringType);
            _kinds.Add(address, kind);
        }

        return kind;
    }

    // Code without a method is a stub that the runtime made.
    private static Kind KindOf(Type? type) =>
        type is null || type == typeof(Thread) || type == typeof(Stopwatch) ? Kind.Stop
        : type.Assembly == typeof(LabelHistory).Assembly ? (type.Namespace is "Pprof" or "Pprof.Labels" ? Kind.Labels : Kind.Other)
        : type == typeof(ExecutionContext) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(AsyncLocal<>)) ? Kind.Flow
        : Kind.Other;
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Pprof.Profiles;

namespace Pprof.Symbols.Managed;

/// <summary>
/// Gives the frames of a <see cref="StackTrace"/> addresses, so that they can stand in a stack beside instruction
/// pointers. The addresses lie in the last megabyte, where no operating system lets a process have memory. A call site
/// keeps its address for the life of the process; there is a bound on how many there are.
/// </summary>
/// <param name="limit">The bound.</param>
internal sealed class ManagedFrames(int limit)
{
    private const int Spacing = 16;

    private readonly ConcurrentDictionary<CallSite, nuint> _addresses = new();
    private readonly ManagedFrame?[] _frames = new ManagedFrame?[limit];

    // Begins at the second place: an address of all ones is what errors look like, and must not name a frame.
    private int _count = 1;

    /// <summary>Those of the process.</summary>
    public static ManagedFrames Instance { get; } = new(1 << 16);

    /// <summary>The number of call sites that are kept.</summary>
    public int Count => _addresses.Count;

    private bool IsFull => Volatile.Read(ref _count) >= limit;

    /// <summary>The addresses that frames can have, as a region of the file <paramref name="fileName"/>.</summary>
    public CodeMapping Range(string fileName) => new(nuint.MaxValue - (nuint)(limit * Spacing) + 1, nuint.MaxValue, 0, fileName, "");

    /// <summary>The frame at <paramref name="address"/>, or null where it is an address of another kind.</summary>
    public ManagedFrame? Resolve(nuint address)
    {
        nuint distance = nuint.MaxValue - address;
        return distance < (nuint)(limit * Spacing) && distance % Spacing == Spacing - 1
            ? Volatile.Read(ref _frames[(int)(distance / Spacing)])
            : null;
    }

    /// <summary>Writes the addresses of the innermost frames; false when one of them can be given one.</summary>
    public bool TryFind(StackTrace trace, Span<nuint> addresses)
    {
        for (int i = 0; i < addresses.Length; i++)
        {
            if (_addresses.TryGetValue(new CallSite(trace.GetFrame(i)!), out addresses[i]))
            {
                continue;
            }

            if (!IsFull)
            {
                return false;
            }

            addresses[i] = (nuint)PseudoFrame.UnknownStack;
        }

        return true;
    }

    /// <summary>Writes the addresses of the innermost frames, and gives one to each that has none.</summary>
    public void Add(StackTrace trace, Span<nuint> addresses)
    {
        for (int i = 0; i < addresses.Length; i++)
        {
            StackFrame frame = trace.GetFrame(i)!;
            var site = new CallSite(frame);
            if (!_addresses.TryGetValue(site, out addresses[i]))
            {
                addresses[i] = Add(site, frame);
            }
        }
    }

    private nuint Add(CallSite site, StackFrame frame)
    {
        int index = Interlocked.Increment(ref _count) - 1;
        if (index >= limit)
        {
            Interlocked.Decrement(ref _count);
            return (nuint)PseudoFrame.UnknownStack;
        }

        string fileName = frame.GetFileName() ?? "";
        Volatile.Write(
            ref _frames[index],
            new ManagedFrame(site.Method as MethodBase, site.Method as string ?? "", fileName, frame.GetFileLineNumber()));

        // Where another thread was faster, its address is the one, and the place is lost.
        return _addresses.GetOrAdd(site, nuint.MaxValue - (nuint)(index * Spacing) - (Spacing - 1));
    }

    /// <summary>
    /// A place that is called from: the method, or its name where it can be unloaded, and the offset in its IL, which
    /// is the same in every version of the code. Where that is not known it is the native one.
    /// </summary>
    private readonly record struct CallSite(object Method, int Offset, bool IsNative)
    {
        public CallSite(StackFrame frame)
            : this(Identify(frame), frame.GetILOffset(), IsNative: false)
        {
            if (Offset == StackFrame.OFFSET_UNKNOWN)
            {
                (Offset, IsNative) = (frame.GetNativeOffset(), true);
            }
        }

        [UnconditionalSuppressMessage(
            "Trimming",
            "IL2026",
            Justification = "Names what is there; a method that the trimmer removed is not on a stack.")]
        private static object Identify(StackFrame frame) => frame.GetMethod() switch
        {
            null => "",
            { DeclaringType: null } method => method.Name,
            { IsCollectible: true } method => $"{method.DeclaringType.FullName}.{method.Name}",
            var method => method,
        };
    }
}

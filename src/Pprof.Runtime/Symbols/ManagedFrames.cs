using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Pprof.Profiles;

namespace Pprof.Symbols;

/// <summary>
/// Gives the frames of a <see cref="StackTrace"/> addresses, so that they can stand in a stack beside instruction
/// pointers. The addresses lie in the last megabyte, where no operating system lets a process have memory. A call site
/// keeps its address for the life of the process; there is a bound on how many there are.
/// </summary>
internal static class ManagedFrames
{
    private const int Limit = 1 << 16;
    private const int Spacing = 16;

    private static readonly ConcurrentDictionary<CallSite, nuint> Addresses = new();
    private static readonly ManagedFrame?[] Frames = new ManagedFrame?[Limit];

    // Begins at the second place: an address of all ones is what errors look like, and must not name a frame.
    private static int _count = 1;

    /// <summary>The frame at <paramref name="address"/>, or null where it is an address of another kind.</summary>
    public static ManagedFrame? Resolve(nuint address)
    {
        nuint distance = nuint.MaxValue - address;
        return distance < Limit * Spacing && distance % Spacing == Spacing - 1
            ? Volatile.Read(ref Frames[(int)(distance / Spacing)])
            : null;
    }

    /// <summary>Writes the addresses of the innermost frames; false when one of them has none yet.</summary>
    public static bool TryFind(StackTrace trace, Span<nuint> addresses)
    {
        for (int i = 0; i < addresses.Length; i++)
        {
            if (!Addresses.TryGetValue(new CallSite(trace.GetFrame(i)!), out addresses[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes the addresses of the innermost frames, and gives one to each that has none.</summary>
    public static void Add(StackTrace trace, Span<nuint> addresses)
    {
        for (int i = 0; i < addresses.Length; i++)
        {
            StackFrame frame = trace.GetFrame(i)!;
            addresses[i] = Addresses.GetOrAdd(new CallSite(frame), static (site, frame) => Create(site, frame), frame);
        }
    }

    private static nuint Create(CallSite site, StackFrame frame)
    {
        int index = Interlocked.Increment(ref _count) - 1;
        if (index >= Limit)
        {
            Interlocked.Decrement(ref _count);
            return (nuint)PseudoFrame.UnknownStack;
        }

        string fileName = frame.GetFileName() ?? "";
        Volatile.Write(
            ref Frames[index],
            new ManagedFrame(site.Method as MethodBase, site.Method as string ?? "", fileName, frame.GetFileLineNumber()));
        return nuint.MaxValue - (nuint)(index * Spacing) - (Spacing - 1);
    }

    /// <summary>A place that is called from: the method, or its name where it can be unloaded, and the offsets.</summary>
    private readonly record struct CallSite(object Method, int NativeOffset, int Offset)
    {
        public CallSite(StackFrame frame)
            : this(Identify(frame), frame.GetNativeOffset(), frame.GetILOffset())
        {
        }

        [UnconditionalSuppressMessage(
            "Trimming",
            "IL2026",
            Justification = "Names what is there; a method that the trimmer removed is not on a stack.")]
        private static object Identify(StackFrame frame) => frame.GetMethod() switch
        {
            null => "",
            { IsCollectible: true } method => $"{method.DeclaringType?.FullName}.{method.Name}",
            var method => method,
        };
    }
}

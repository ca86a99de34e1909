using System.Runtime.InteropServices;
using Pprof.Process;
using Pprof.Profiles;

namespace Pprof.Sources.Waiting;

/// <summary>A thread of the runtime's that waited while the process was copied, and had not run before and after.</summary>
/// <param name="systemId">Its id in the operating system.</param>
/// <param name="address">The runtime's object for it.</param>
/// <param name="rest">Where it waits.</param>
/// <param name="words">Its stack, from the stack pointer on.</param>
/// <param name="frames">Its managed frames, leaf first: addresses inside the calls.</param>
/// <param name="methods">The names of their methods; empty where one is not known.</param>
internal sealed class CopiedThread(int systemId, ulong address, ThreadRest rest, nuint[] words, nuint[] frames, string[] methods)
{
    private const string Dispatch = "System.Threading.ThreadPoolWorkQueue.Dispatch";

    private int[]? _ends;

    /// <summary>Its id in the operating system.</summary>
    public int SystemId => systemId;

    /// <summary>The runtime's object for it.</summary>
    public ulong Address => address;

    /// <summary>The names of the methods on its stack, leaf first.</summary>
    public IReadOnlyList<string> Methods => methods;

    /// <summary>Its managed frames, leaf first: addresses inside the calls.</summary>
    public IReadOnlyList<nuint> Frames => frames;

    /// <summary>All that was copied of its stack.</summary>
    public ReadOnlySpan<nuint> Stack => words;

    /// <summary>Whether the kernel ends its wait at no time of its own.</summary>
    public bool WaitsForEver => rest.WaitsForEver;

    /// <summary>Whether an address is in its stack.</summary>
    public bool IsInStack(ulong place) => place >= rest.Sp && place < rest.Sp + (8 * (ulong)words.Length) && (place & 7) == 0;

    /// <summary>
    /// The innermost frame of a method of the class library's, whose callees are the class library's as well: what the
    /// application's code does is not asked. Negative where there is none.
    /// </summary>
    public int FindWaiting(string method)
    {
        for (int i = 0; i < methods.Length; i++)
        {
            if (methods[i].StartsWith(method, StringComparison.Ordinal))
            {
                return i;
            }

            if (!IsClassLibrary(methods[i]))
            {
                break;
            }
        }

        return -1;
    }

    /// <summary>Whether a method is the class library's; so is code without a name, by which that calls the runtime.</summary>
    public static bool IsClassLibrary(string method) =>
        method.Length == 0 || method.StartsWith("System.", StringComparison.Ordinal) || method.StartsWith("Interop.", StringComparison.Ordinal);

    /// <summary>
    /// What the pool has this thread run: the outermost method that is not the class library's. Null where the pool runs nothing
    /// in it.
    /// </summary>
    public string? WorkOfPool
    {
        get
        {
            int dispatch = Array.FindLastIndex(methods, static method => method.StartsWith(Dispatch, StringComparison.Ordinal));
            int work = dispatch < 0 ? -1 : Array.FindLastIndex(methods, dispatch, static method => !IsClassLibrary(method));
            return work < 0 ? null : methods[work];
        }
    }

    /// <summary>The part of the stack that is a frame's, as far as return addresses tell; nothing where they do not.</summary>
    public ReadOnlySpan<nuint> WordsOf(int frame)
    {
        int[] ends = _ends ??= FindEnds();
        int start = frame == 0 ? 0 : ends[frame - 1];
        return start < 0 || ends[frame] < 0 ? default : words.AsSpan(start, ends[frame] - start);
    }

    /// <summary>
    /// The stack from its end to the end of a frame; nothing where that end is not found. What a method needs after a call that
    /// waits is in its frame, or in a register that one of its callees has saved.
    /// </summary>
    public ReadOnlySpan<nuint> StackUpTo(int frame)
    {
        int end = FindEnd(frame, from: 0);
        return end < 0 ? default : words.AsSpan(0, end);
    }

    /// <summary>
    /// The only object that is wanted in the stack from its end to the end of a frame; 0 where there is none, or more than one.
    /// </summary>
    public ulong FindOne(int frame, Func<ulong, bool> isWanted)
    {
        ulong found = 0;
        foreach (nuint word in StackUpTo(frame))
        {
            if (word != found && word > ushort.MaxValue && word % sizeof(ulong) == 0 && isWanted(word))
            {
                if (found != 0)
                {
                    return 0;
                }

                found = word;
            }
        }

        return found;
    }

    /// <summary>Where frames end, one after the other: a method that is on the stack more than once returns to one address.</summary>
    private int[] FindEnds()
    {
        int[] ends = new int[frames.Length];
        int from = 0;
        for (int frame = 0; frame < ends.Length; frame++)
        {
            ends[frame] = from < 0 ? -1 : FindEnd(frame, from);
            from = ends[frame] < 0 ? -1 : ends[frame] + 1;
        }

        return ends;
    }

    private int FindEnd(int frame, int from)
    {
        // On x64 the address that a frame returns to lies above it, on Arm64 that which its caller returns to.
        int caller = frame + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 2 : 1);
        int end = caller < frames.Length ? words.AsSpan(from).IndexOf(ReturnAddress.OfFrame(frames[caller])) : -1;
        return end < 0 ? -1 : from + end;
    }
}

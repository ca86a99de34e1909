using System.Globalization;

namespace Pprof.Process;

/// <summary>
/// The signals that a thread blocks (signal(7)). A thread gets the mask of the one that creates it, a program that of the
/// one that executes it, and only the thread itself can change it.
/// </summary>
internal static unsafe class SignalMask
{
    // SIG_BLOCK with an empty set changes nothing and tells the mask; sigset_t has 128 bytes in glibc and musl.
    private const int SigBlock = 0;
    private const int SigUnblock = 1;
    private const int Words = 16;

    /// <summary>Whether the calling thread blocks a signal.</summary>
    public static bool Blocks(int signal)
    {
        ulong* none = stackalloc ulong[Words];
        ulong* now = stackalloc ulong[Words];
        new Span<ulong>(none, Words).Clear();
        return Libc.SignalMask(SigBlock, none, now) == 0 && (*now & Bit(signal)) != 0;
    }

    /// <summary>Lets the calling thread, and those that it will create, get a signal.</summary>
    public static void Unblock(int signal)
    {
        ulong* set = stackalloc ulong[Words];
        new Span<ulong>(set, Words).Clear();
        *set = Bit(signal);
        _ = Libc.SignalMask(SigUnblock, set, null);
    }

    /// <summary>Whether another thread blocks a signal now: the line <c>SigBlk</c> of its status (proc_pid_status(5)).</summary>
    public static bool Blocks(int systemId, int signal) =>
        ThreadStatus.Read(systemId, "SigBlk:") is { } text
        && ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong mask)
        && (mask & Bit(signal)) != 0;

    private static ulong Bit(int signal) => 1UL << (signal - 1);
}

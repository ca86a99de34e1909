using System.Runtime.InteropServices;
using Pprof.Process;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>
/// Installs the signal handler. It stays for the life of the process: a signal that is still on its way when the last
/// profile ends would otherwise take the default action, which ends the process.
/// </summary>
/// <remarks>
/// The signal is SIGPROF, except on CoreCLR. There a null reference is a memory fault, whose handler begins on an alternate
/// stack. That stack has no room for the frame of one more signal. The handler then goes on on the thread's own stack and
/// still reads what lies on the alternate one, which one more signal would overwrite. A SIGPROF at either moment ends the
/// process. The runtime's own signal, the first real-time one, does not: the runtime keeps it blocked meanwhile. So the
/// profiler shares that signal with the runtime, and hands on what no timer has sent. NativeAOT handles a fault on one
/// stack from the beginning to the end.
/// </remarks>
internal static unsafe class SignalHandler
{
    // signal(7), the same numbers on x86-64 and AArch64.
    private const int SignalOfProfilers = 27;
    private const int SignalOfFaults = 11;

    /// <summary>The sessions that the handler knows, MAX_SESSIONS in handler.c.</summary>
    public const int MaxSessions = 8;

    // Where handler.ld puts `control`: a page boundary for every page size.
    private const int ControlOffset = 0x10000;

    // struct sigaction of glibc and musl, 64-bit: handler, mask (128 bytes), flags, restorer.
    private const int ActionBytes = 152;
    private const int MaskOffset = 8;
    private const int MaskBytes = 128;
    private const int FlagsOffset = 136;
    private const nint DefaultAction = 0;
    private const nint IgnoreAction = 1;
    private const int Siginfo = 0x00000004;
    private const int OnStack = 0x08000000;
    private const int Restart = 0x10000000;

    private static readonly Lock s_installing = new();
    private static byte* s_code;
    private static bool s_installed;

    /// <summary>The signal that the timers send.</summary>
    public static int Signal { get; } = IsShared ? Libc.FirstRealTimeSignal() : SignalOfProfilers;

    private static bool IsShared => ManagedRuntime.IsCoreClr && OperatingSystem.IsLinux();

    /// <summary>Other bytes for the handler, such as a test has compiled from handler.c. Set before the first profile.</summary>
    internal static byte[]? CodeOverride { get; set; }

    /// <summary>The handlers that are running now.</summary>
    private static long* Active => (long*)(s_code + ControlOffset);

    /// <summary>The table of sessions, next to <see cref="Active"/>.</summary>
    private static nint* Sessions => (nint*)(s_code + ControlOffset) + 1;

    /// <summary>The handler that gets what is not a timer's, behind <see cref="Sessions"/>.</summary>
    private static nint* Previous => Sessions + MaxSessions;

    /// <summary>
    /// Why the handler cannot be installed here and what would help; null when it can be, or is. Installs nothing.
    /// </summary>
    public static string? UnsupportedReason
    {
        get
        {
            if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            {
                return $"the CPU profile works on x64 and Arm64 processes, and this one is {RuntimeInformation.ProcessArchitecture}";
            }

            return Try(install: false);
        }
    }

    /// <summary>Makes a session known to the handler. Returns its number, or -1 when the table is full.</summary>
    public static int Register(void* session)
    {
        for (int i = 0; i < MaxSessions; i++)
        {
            if (Interlocked.CompareExchange(ref Sessions[i], (nint)session, 0) == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>
    /// Takes a session out of the table and waits for the handlers that may still use it. False when one of them did
    /// not come back within <paramref name="patience"/>: then its memory must stay.
    /// </summary>
    public static bool Unregister(int number, TimeSpan patience)
    {
        Interlocked.Exchange(ref Sessions[number], 0);
        return SpinWait.SpinUntil(static () => Interlocked.Read(ref *Active) == 0, patience);
    }

    /// <summary>
    /// Lets the calling thread, and those that it will create, get the signal, where what started the process left it
    /// blocked. The handler comes first: a signal that waits would end the process without one.
    /// </summary>
    public static void UnblockInherited()
    {
        if (SignalMask.Blocks(Signal) && UnsupportedReason is null && TryInstall() is null)
        {
            SignalMask.Unblock(Signal);
        }
    }

    /// <summary>Installs the handler, if it is not. Returns why it cannot be, or null.</summary>
    public static string? TryInstall() => Try(install: true);

    private static string? Try(bool install)
    {
        lock (s_installing)
        {
            byte* action = stackalloc byte[ActionBytes];
            if (Libc.SignalAction(Signal, null, action) != 0)
            {
                return CallFailed();
            }

            nint handler = *(nint*)action;
            if (s_code != null && handler == (nint)s_code)
            {
                return null;
            }

            bool owned = handler is not (DefaultAction or IgnoreAction);
            if (s_installed || (owned && !IsShared))
            {
                return $"another profiler in this process handles {(IsShared ? $"signal {Signal}" : "SIGPROF")}; switch it off (or its CPU profile) and restart the service";
            }

            if (s_code == null && MapCode() is { } reason)
            {
                return reason;
            }

            return install ? Install(action, owned ? handler : 0) : null;
        }
    }

    private static string? Install(byte* action, nint previous)
    {
        Volatile.Write(ref *Previous, previous);
        *(nint*)action = (nint)s_code;
        if (previous == 0)
        {
            // No other handler may run on top of this one: it is over in microseconds.
            new Span<byte>(action + MaskOffset, MaskBytes).Fill(0xff);
            *(int*)(action + FlagsOffset) = Siginfo | Restart | (IsShared ? 0 : OnStack);
        }
        else
        {
            // As the runtime has it, whose handler waits for a garbage collection.
            *(int*)(action + FlagsOffset) |= Siginfo | Restart;
        }

        if ((IsShared && !BlockDuringFaults()) || Libc.SignalAction(Signal, action, null) != 0)
        {
            return CallFailed();
        }

        s_installed = true;
        return null;
    }

    /// <summary>
    /// Sees to it that the handler of memory faults begins with the signal blocked. The runtime's own does; that of another
    /// library, which was put before it, may not.
    /// </summary>
    private static bool BlockDuringFaults()
    {
        byte* action = stackalloc byte[ActionBytes];
        if (Libc.SignalAction(SignalOfFaults, null, action) != 0)
        {
            return false;
        }

        // sigset_t: the bit of signal n is n - 1.
        ulong bit = 1UL << (Signal - 1);
        ulong* mask = (ulong*)(action + MaskOffset);
        if (*(nint*)action is DefaultAction or IgnoreAction || (*(int*)(action + FlagsOffset) & OnStack) == 0 || (*mask & bit) != 0)
        {
            return true;
        }

        *mask |= bit;
        return Libc.SignalAction(SignalOfFaults, action, null) == 0;
    }

    private static string CallFailed() =>
        $"sigaction(2) failed with errno {Marshal.GetLastPInvokeError()}; allow it in the seccomp filter of the container";

    private static string? MapCode()
    {
        ReadOnlySpan<byte> code = CodeOverride
            ?? (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? SignalHandlerCode.Arm64 : SignalHandlerCode.X64);
        nuint length = ControlOffset + 4096;
        byte* memory = (byte*)Libc.Map(null, length, Libc.ReadWrite, Libc.PrivateAnonymous, -1, 0);
        if (memory == Libc.MapFailed)
        {
            return $"mmap(2) failed with errno {Marshal.GetLastPInvokeError()}; give the process more memory";
        }

        code.CopyTo(new Span<byte>(memory, ControlOffset));
        if (Libc.Protect(memory, ControlOffset, Libc.ReadExecute) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            _ = Libc.Unmap(memory, length);
            return $"mprotect(2) refused executable memory with errno {error}; the security policy (SELinux execmem, systemd MemoryDenyWriteExecute) must allow it, as it does for the just-in-time compiler";
        }

        s_code = memory;
        return null;
    }
}

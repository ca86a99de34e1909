using System.Runtime.InteropServices;
using Pprof.Sources.Linux;

namespace Pprof.Sources.CpuSignals;

/// <summary>
/// Installs the SIGPROF handler. It stays for the life of the process: a signal that is still on its way when the last
/// profile ends would otherwise take the default action of SIGPROF, which ends the process.
/// </summary>
internal static unsafe class SignalHandler
{
    /// <summary>SIGPROF of signal(7), the same number on x86-64 and AArch64.</summary>
    public const int Signal = 27;

    /// <summary>The sessions that the handler knows, MAX_SESSIONS in handler.c.</summary>
    public const int MaxSessions = 8;

    // Where handler.ld puts `control`: a page boundary for every page size.
    private const int ControlOffset = 0x10000;

    // struct sigaction of glibc and musl, 64-bit: handler, mask (128 bytes), flags, restorer.
    private const int ActionBytes = 152;
    private const int MaskOffset = 8;
    private const int MaskBytes = 128;
    private const int FlagsOffset = 136;
    private const int Siginfo = 0x00000004;
    private const int OnStack = 0x08000000;
    private const int Restart = 0x10000000;

    private static readonly Lock Installing = new();
    private static byte* _code;

    /// <summary>Other bytes for the handler, such as a test has compiled from handler.c. Set before the first profile.</summary>
    internal static byte[]? CodeOverride { get; set; }

    /// <summary>The handlers that are running now.</summary>
    private static long* Active => (long*)(_code + ControlOffset);

    /// <summary>The table of sessions, next to <see cref="Active"/>.</summary>
    private static nint* Sessions => (nint*)(_code + ControlOffset) + 1;

    /// <summary>Why the handler cannot be installed here and what would help; null when it can be, or is.</summary>
    public static string? UnsupportedReason
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return "the CPU profile needs CPU-time timers, which only Linux has; run the service on Linux to profile its CPU time";
            }

            if (RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.Arm64))
            {
                return $"the CPU profile works on x64 and Arm64 processes, and this one is {RuntimeInformation.ProcessArchitecture}";
            }

            return TryInstall();
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

    private static string? TryInstall()
    {
        lock (Installing)
        {
            byte* action = stackalloc byte[ActionBytes];
            if (Libc.SignalAction(Signal, null, action) != 0)
            {
                return $"sigaction(2) failed with errno {Marshal.GetLastPInvokeError()}; allow it in the seccomp filter of the container";
            }

            nint handler = *(nint*)action;
            if (_code != null && handler == (nint)_code)
            {
                return null;
            }

            // 0 is SIG_DFL and 1 is SIG_IGN.
            if (handler is not (0 or 1))
            {
                return "another profiler in this process handles SIGPROF; switch it off (or its CPU profile) and restart the service";
            }

            if (_code == null && MapCode() is { } reason)
            {
                return reason;
            }

            new Span<byte>(action, ActionBytes).Clear();
            *(nint*)action = (nint)_code;
            // No other handler may run on top of this one: it is over in microseconds.
            new Span<byte>(action + MaskOffset, MaskBytes).Fill(0xff);
            *(int*)(action + FlagsOffset) = Siginfo | OnStack | Restart;
            return Libc.SignalAction(Signal, action, null) == 0
                ? null
                : $"sigaction(2) failed with errno {Marshal.GetLastPInvokeError()}; allow it in the seccomp filter of the container";
        }
    }

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

        _code = memory;
        return null;
    }
}

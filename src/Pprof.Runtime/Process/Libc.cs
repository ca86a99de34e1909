using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>The functions of the C library that the Linux sources call. All arguments are blittable.</summary>
internal static unsafe partial class Libc
{
    /// <summary>PROT_READ | PROT_WRITE of mmap(2).</summary>
    public const int ReadWrite = 1 | 2;

    /// <summary>PROT_READ | PROT_EXEC of mmap(2).</summary>
    public const int ReadExecute = 1 | 4;

    /// <summary>MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE of mmap(2).</summary>
    public const int PrivateAnonymous = 0x02 | 0x20 | 0x4000;

    /// <summary>MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE of mmap(2).</summary>
    public const int SharedAnonymous = 0x01 | 0x20 | 0x4000;

    /// <summary>CLOCK_PROCESS_CPUTIME_ID of clock_gettime(2).</summary>
    public const int ProcessCpuClock = 2;

    /// <summary>What mmap(2) returns when it fails.</summary>
    public static readonly void* MapFailed = (void*)-1;

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    public static partial int Socket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, void* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, void* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SignalAction(int signal, void* action, void* oldAction);

    /// <summary>Changes the mask of the calling thread, on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "sigprocmask", SetLastError = true)]
    public static partial int SignalMask(int how, void* set, void* oldSet);

    /// <summary>SIGRTMIN of signal(7), which is the C library's choice.</summary>
    [LibraryImport("libc", EntryPoint = "__libc_current_sigrtmin")]
    public static partial int FirstRealTimeSignal();

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int ClockGetTime(int clock, long* timespec);

    /// <summary>Nanoseconds of <paramref name="clock"/>, or -1 when it cannot be read: its thread ended.</summary>
    public static long Nanoseconds(int clock)
    {
        long* timespec = stackalloc long[2];
        return ClockGetTime(clock, timespec) == 0 ? (timespec[0] * 1_000_000_000) + timespec[1] : -1;
    }

    /// <summary>The address of clock_gettime(2), for code that runs where nothing managed can; 0 where it is not found.</summary>
    public static nint FindClock() =>
        NativeLibrary.TryLoad("libc", typeof(Libc).Assembly, null, out nint library) && NativeLibrary.TryGetExport(library, "clock_gettime", out nint function)
            ? function
            : 0;

    /// <summary>
    /// The CPU-time clock of a thread: MAKE_THREAD_CPUCLOCK(tid, CPUCLOCK_SCHED) in the kernel's posix-timers.h.
    /// </summary>
    public static int ThreadCpuClock(int tid) => (~tid << 3) | 6;
}

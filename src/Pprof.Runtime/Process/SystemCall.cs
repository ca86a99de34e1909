using System.Runtime.InteropServices;

namespace Pprof.Process;

/// <summary>
/// Numbers of the system calls that the C library has no wrapper for, or none with the same layout everywhere
/// (syscalls(2); arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of the kernel).
/// </summary>
internal static class SystemCall
{
    private static readonly bool s_arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    /// <summary>timer_create(2).</summary>
    public static nint TimerCreate => s_arm64 ? 107 : 222;

    /// <summary>timer_settime(2).</summary>
    public static nint TimerSetTime => s_arm64 ? 110 : 223;

    /// <summary>timer_delete(2).</summary>
    public static nint TimerDelete => s_arm64 ? 111 : 226;

    /// <summary>gettid(2).</summary>
    public static nint GetThreadId => s_arm64 ? 178 : 186;

    /// <summary>futex(2).</summary>
    public static nint Futex => s_arm64 ? 98 : 202;

    /// <summary>memfd_create(2).</summary>
    public static nint CreateMemoryFile => s_arm64 ? 279 : 319;

    /// <summary>openat(2).</summary>
    public static nint OpenAt => s_arm64 ? 56 : 257;

    /// <summary>pread(2).</summary>
    public static nint ReadAt => s_arm64 ? 67 : 17;

    /// <summary>close(2).</summary>
    public static nint Close => s_arm64 ? 57 : 3;

    /// <summary>rt_tgsigqueueinfo(2).</summary>
    public static nint SendSignalToThread => s_arm64 ? 240 : 297;

    /// <summary>nanosleep(2).</summary>
    public static nint Sleep => s_arm64 ? 101 : 35;

    /// <summary>sched_setattr(2).</summary>
    public static nint SetScheduling => s_arm64 ? 274 : 314;

    /// <summary>sched_getattr(2).</summary>
    public static nint GetScheduling => s_arm64 ? 275 : 315;

    /// <summary>prctl(2).</summary>
    public static nint ControlProcess => s_arm64 ? 167 : 157;

    /// <summary>prlimit64, of getrlimit(2).</summary>
    public static nint ResourceLimit => s_arm64 ? 261 : 302;

    /// <summary>statx(2).</summary>
    public static nint Statx => s_arm64 ? 291 : 332;

    /// <summary>kill(2).</summary>
    public static nint Kill => s_arm64 ? 129 : 62;

    /// <summary>wait4(2).</summary>
    public static nint WaitForChild => s_arm64 ? 260 : 61;
}

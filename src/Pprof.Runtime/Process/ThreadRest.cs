using System.Buffers.Text;

namespace Pprof.Process;

/// <summary>What a thread is doing, as the kernel sees it.</summary>
internal enum ThreadRestState
{
    /// <summary>The kernel does not tell.</summary>
    Unknown,

    /// <summary>It waits in the kernel.</summary>
    AtRest,

    /// <summary>It uses a processor, or waits for one.</summary>
    Running,

    /// <summary>It is no more.</summary>
    Ended,
}

/// <summary>
/// Where in its code a thread waits for the kernel: a line of <c>/proc/self/task/…/syscall</c> (proc_pid_syscall(5)).
/// </summary>
/// <param name="State">What it is doing.</param>
/// <param name="Sp">Its stack pointer, where it is at rest.</param>
/// <param name="Pc">The instruction to which it returns, where it is at rest.</param>
/// <param name="WaitsForEver">Whether it waits in futex(2), by which the C library waits for threads, and has given no timeout.</param>
internal readonly record struct ThreadRest(ThreadRestState State, nuint Sp = 0, nuint Pc = 0, bool WaitsForEver = false)
{
    // Of the line's words that of the call's fourth argument.
    private const int TimeoutWord = 4;

    /// <summary>Why the kernel tells nothing of threads at rest, and what would help; null where it does.</summary>
    public static string? UnsupportedReason
    {
        get
        {
            int systemId = (int)Libc.Call(SystemCall.GetThreadId, 0, 0, 0, 0, 0);
            using var file = new TaskFile(systemId, "syscall"u8);
            return file.Error != 0
                ? $"the kernel tells where threads wait in /proc/self/task/{systemId}/syscall, which cannot be opened (errno {file.Error}); mount /proc where the service runs, on a kernel that has the file"
                : null;
        }
    }

    /// <summary>What <paramref name="line"/> says; <see cref="ThreadRestState.Ended"/> where there is none.</summary>
    public static ThreadRest Parse(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd((byte)'\n');
        if (line.IsEmpty)
        {
            return new ThreadRest(ThreadRestState.Ended);
        }

        if (line.SequenceEqual("running"u8))
        {
            return new ThreadRest(ThreadRestState.Running);
        }

        // The number of the system call and its six arguments, or -1; then the stack pointer and the program counter.
        int pcAt = line.LastIndexOf((byte)' ');
        int spAt = pcAt < 0 ? -1 : line[..pcAt].LastIndexOf((byte)' ');
        bool isWhole = line.StartsWith("-1 "u8) || line.Count((byte)' ') == 8;
        return spAt > 0 && isWhole && TryParse(line[(spAt + 1)..pcAt], out nuint sp) && TryParse(line[(pcAt + 1)..], out nuint pc) && sp != 0
            ? new ThreadRest(ThreadRestState.AtRest, sp, pc, HasNoTimeout(line))
            : new ThreadRest(ThreadRestState.Unknown);
    }

    /// <summary>One that a signal has interrupted goes on with the same arguments, but where it has a timeout.</summary>
    private static bool HasNoTimeout(ReadOnlySpan<byte> line)
    {
        if (!Utf8Parser.TryParse(line, out int call, out _) || call != SystemCall.Futex)
        {
            return false;
        }

        for (int i = 0; i < TimeoutWord; i++)
        {
            line = line[(line.IndexOf((byte)' ') + 1)..];
        }

        return line.StartsWith("0x0 "u8);
    }

    private static bool TryParse(ReadOnlySpan<byte> text, out nuint value)
    {
        ulong number = 0;
        bool parsed = text.StartsWith("0x"u8)
            && Utf8Parser.TryParse(text[2..], out number, out int read, 'x')
            && read == text.Length - 2;
        value = (nuint)number;
        return parsed;
    }
}

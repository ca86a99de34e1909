using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pprof.Workloads;

/// <summary>CPU time outside of managed code: in the C library, which has no frame pointers, and in the kernel.</summary>
internal static unsafe partial class NativeWork
{
    private static readonly FileStream s_zero = File.OpenRead("/dev/zero");
    private static readonly byte[] s_text = [.. Enumerable.Repeat((byte)'a', 4095), 0];
    private static readonly byte[] s_number = "3.14159265358979323846e-12\0"u8.ToArray();
    private static long s_sink;

    // Random lengths, as in CpuWork.
    private static int Times => Random.Shared.Next(10, 51);

    /// <summary>Half the time in functions of the C library.</summary>
    public static void CallLibc()
    {
        long at = Section.Now();
        MeasureText();
        at = Section.Add(nameof(MeasureText), at);
        ParseNumber();
        at = Section.Add(nameof(ParseNumber), at);
        Managed();
        Section.Add(nameof(Managed), at);
    }

    /// <summary>Half the time in system calls.</summary>
    public static void CallKernel()
    {
        long at = Section.Now();
        ReadZeros();
        at = Section.Add(nameof(ReadZeros), at);
        Managed();
        Section.Add(nameof(Managed), at);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MeasureText()
    {
        fixed (byte* text = s_text)
        {
            for (int i = 10_000 * Times; i > 0; i--)
                s_sink += StringLength(text);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ParseNumber()
    {
        fixed (byte* text = s_number)
        {
            for (int i = 4_000 * Times; i > 0; i--)
                s_sink += (long)ToDouble(text, null);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ReadZeros()
    {
        Span<byte> buffer = stackalloc byte[64 * 1024];
        for (int i = 150 * Times; i > 0; i--)
            s_sink += RandomAccess.Read(s_zero.SafeFileHandle, buffer, 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Managed()
    {
        int mixed = 1;
        for (int i = 1_500_000 * Times; i > 0; i--)
            mixed += i ^ (mixed << 1);

        s_sink += mixed;
    }

    [LibraryImport("libc", EntryPoint = "strlen")]
    private static partial nint StringLength(byte* text);

    [LibraryImport("libc", EntryPoint = "strtod")]
    private static partial double ToDouble(byte* text, byte** end);
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Unwinding;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Sources.CpuTime.Signals;

/// <summary>One sample as the handler wrote it: <c>slot_header</c> in handler.c.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CapturedSample
{
    /// <summary>The thread's number in its session; 0 for a thread that has no timer yet.</summary>
    public uint Thread;

    /// <summary>The thread's id in the operating system where <see cref="Thread"/> is 0.</summary>
    public uint SystemId;

    /// <summary>Periods of CPU time that this sample stands for: one and those that the kernel ran together.</summary>
    public ulong Weight;

    /// <summary>Program counter.</summary>
    public nuint Pc;

    /// <summary>Stack pointer.</summary>
    public nuint Sp;

    /// <summary>Frame pointer: rbp, x29.</summary>
    public nuint Fp;

    /// <summary>Link register, on AArch64.</summary>
    public nuint Lr;

    /// <summary>x64: those of <see cref="SavedX64"/>. AArch64: x19 to x28, x1.</summary>
    public SavedRegisters Saved;

    /// <summary>Bytes of the stack that were copied, from <see cref="Sp"/> upwards.</summary>
    public ulong StackBytes;

    /// <summary>How the stack was copied: 0 not at all, 1 directly, 2 by the kernel.</summary>
    public ulong StackSource;

    /// <summary>Links of the frame-pointer chain above what was copied.</summary>
    public ulong ChainPairs;

    /// <summary>Number of the thread's label set; 0 for none.</summary>
    public long Labels;

    /// <summary>When, in nanoseconds of the monotonic clock, which is that of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public long Time;

    // In the order in which handler.c writes them.
    private static ReadOnlySpan<byte> SavedX64 =>
    [
        DwarfRegister.X64Rbx,
        DwarfRegister.X64R12,
        DwarfRegister.X64R13,
        DwarfRegister.X64R14,
        DwarfRegister.X64R15,
        DwarfRegister.X64Rax,
        DwarfRegister.X64Rdx,
        DwarfRegister.X64Rcx,
        DwarfRegister.X64R10,
        DwarfRegister.X64R11,
        DwarfRegister.X64Rsi,
    ];

    private static ReadOnlySpan<byte> SavedArm64 =>
    [
        DwarfRegister.Arm64X19,
        DwarfRegister.Arm64X19 + 1,
        DwarfRegister.Arm64X19 + 2,
        DwarfRegister.Arm64X19 + 3,
        DwarfRegister.Arm64X19 + 4,
        DwarfRegister.Arm64X19 + 5,
        DwarfRegister.Arm64X19 + 6,
        DwarfRegister.Arm64X19 + 7,
        DwarfRegister.Arm64X19 + 8,
        DwarfRegister.Arm64X19 + 9,
        DwarfRegister.Arm64X1,
    ];

    /// <summary>The registers by their DWARF numbers.</summary>
    public readonly RegisterState ToRegisters()
    {
        bool arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        var registers = new RegisterState { Sp = Sp, Fp = Fp };
        if (arm64)
        {
            registers.Set(DwarfRegister.Arm64LinkRegister, Lr);
        }

        ReadOnlySpan<byte> saved = arm64 ? SavedArm64 : SavedX64;
        for (int i = 0; i < saved.Length; i++)
        {
            registers.Set(saved[i], Saved[i]);
        }

        return registers;
    }

    /// <summary>Eleven registers.</summary>
    [InlineArray(11)]
    public struct SavedRegisters
    {
        private nuint _first;
    }
}

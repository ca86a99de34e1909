using System.Runtime.InteropServices;

namespace Pprof.Unwinding.Dwarf;

/// <summary>
/// Register numbers in call frame information: System V ABI, AMD64 supplement, figure 3.36; DWARF for the Arm 64-bit
/// Architecture (AADWARF64), section 4.1.
/// </summary>
internal static class DwarfRegister
{
    public const int X64Rax = 0;
    public const int X64Rdx = 1;
    public const int X64Rcx = 2;
    public const int X64Rbx = 3;
    public const int X64Rsi = 4;
    public const int X64Rbp = 6;
    public const int X64Rsp = 7;
    public const int X64R10 = 10;
    public const int X64R11 = 11;
    public const int X64R12 = 12;
    public const int X64R13 = 13;
    public const int X64R14 = 14;
    public const int X64R15 = 15;
    public const int X64ReturnAddress = 16;

    public const int Arm64X1 = 1;
    public const int Arm64X19 = 19;
    public const int Arm64FramePointer = 29;
    public const int Arm64LinkRegister = 30;
    public const int Arm64StackPointer = 31;

    /// <summary>The number of registers that a row has rules for; vector registers, which come after, are of no use.</summary>
    public const int Count = 33;

    /// <summary>The stack pointer of this process's architecture.</summary>
    public static int StackPointer =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64StackPointer : X64Rsp;

    /// <summary>The frame pointer of this process's architecture.</summary>
    public static int FramePointer =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? Arm64FramePointer : X64Rbp;
}

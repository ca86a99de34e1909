using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>
/// The frame of RhpThrowHwEx (<see cref="HardwareFaultX64"/>) on Arm64. Its call frame information is right but for the
/// return address: that is the link register's, as the faulting code had it, and not where the fault was.
/// </summary>
internal static class HardwareFaultArm64
{
    /// <summary>Bytes that <see cref="Correct"/> wants of the function.</summary>
    public const int PrologueBytes = 12;

    // A register of its own for the program counter (DWARF for the Arm 64-bit Architecture, "DWARF register names"): the link
    // register keeps its rule.
    private const int ProgramCounter = 32;

    // The address of the fault, below what was the stack pointer: the first 80 bytes hold it and the vector registers.
    private const int SavedAddress = 8 - 80;

    // mov x3, sp; sub sp, sp, 80; stp x3, x1, [sp]
    private static ReadOnlySpan<byte> Prologue => [0xe3, 0x03, 0x00, 0x91, 0xff, 0x43, 0x01, 0xd1, 0xe3, 0x07, 0x00, 0xa9];

    /// <summary>
    /// Makes <paramref name="row"/>, of <paramref name="offset"/> bytes into the function that begins with
    /// <paramref name="code"/>, lead to the faulting instruction. Leaves that of another function as it is.
    /// </summary>
    public static void Correct(ReadOnlySpan<byte> code, nuint offset, ref UnwindRow row)
    {
        if (code.StartsWith(Prologue))
        {
            row.ReturnAddressRegister = ProgramCounter;
            row.IsSignalFrame = true;
            row.Set(ProgramCounter, offset < PrologueBytes
                ? new UnwindRule(UnwindRuleKind.Register, DwarfRegister.Arm64X1, 0)
                : new UnwindRule(UnwindRuleKind.Offset, 0, SavedAddress));
        }
    }
}

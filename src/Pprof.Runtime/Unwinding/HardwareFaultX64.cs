using System.Buffers.Binary;
using Pprof.Unwinding.Dwarf;

namespace Pprof.Unwinding;

/// <summary>
/// The frame of the function in which NativeAOT's runtime throws the exception of a hardware fault (RhpThrowHwEx). Its
/// signal handler lets the faulting code continue there, so that nothing called it: it aligns the stack, pushes what it
/// was given of the fault (PAL_LIMITED_CONTEXT) and calls. Its call frame information speaks of a return address that is
/// not there.
/// </summary>
internal static class HardwareFaultX64
{
    /// <summary>Bytes that <see cref="TryGetRow"/> wants of the function.</summary>
    public const int PrologueBytes = 32;

    // mov rax, rsp; and rsp, -16; xor rdx, rdx; push r15, r14, r13, r12, rdx, rbx, rdx, rbp, rax (the stack pointer of the
    // fault), rsi (its address); lea rsp, [rsp - n].
    private static ReadOnlySpan<byte> Prologue =>
    [
        0x48, 0x89, 0xe0, 0x48, 0x83, 0xe4, 0xf0, 0x48, 0x31, 0xd2,
        0x41, 0x57, 0x41, 0x56, 0x41, 0x55, 0x41, 0x54, 0x52, 0x53, 0x52, 0x55, 0x50, 0x56,
        0x48, 0x8d, 0xa4, 0x24,
    ];

    // From this offset on rax is the stack pointer of the fault.
    private const int StackPointerIsCopied = 3;

    // In the order in which they lie above the address of the fault.
    private static readonly (byte Register, byte Offset)[] s_saved =
    [
        (DwarfRegister.X64Rsp, 8),
        (DwarfRegister.X64Rbp, 16),
        (DwarfRegister.X64Rbx, 32),
        (DwarfRegister.X64R12, 48),
        (DwarfRegister.X64R13, 56),
        (DwarfRegister.X64R14, 64),
        (DwarfRegister.X64R15, 72),
    ];

    /// <summary>
    /// The row that leads to the faulting instruction from <paramref name="offset"/> bytes into the function that begins
    /// with <paramref name="code"/>; false where it is another function.
    /// </summary>
    public static bool TryGetRow(ReadOnlySpan<byte> code, nuint offset, out UnwindRow row)
    {
        row = default;
        if (code.Length < PrologueBytes || !code.StartsWith(Prologue))
        {
            return false;
        }

        row.ReturnAddressRegister = DwarfRegister.X64ReturnAddress;
        row.IsSignalFrame = true;
        if (offset < PrologueBytes)
        {
            // Where most samples are, because the kernel delivers a signal on its way out of the fault's handler. All other
            // registers that a caller could want are still those of the fault.
            int stackPointer = offset < StackPointerIsCopied ? DwarfRegister.X64Rsp : DwarfRegister.X64Rax;
            row.Cfa = new UnwindRule(UnwindRuleKind.Register, stackPointer, 0);
            row.Set(DwarfRegister.X64ReturnAddress, new UnwindRule(UnwindRuleKind.Register, DwarfRegister.X64Rsi, 0));
            return true;
        }

        int allocated = -BinaryPrimitives.ReadInt32LittleEndian(code[Prologue.Length..]);
        if (allocated <= 0)
        {
            return false;
        }

        row.Cfa = new UnwindRule(UnwindRuleKind.Register, DwarfRegister.X64Rsp, allocated);
        row.Set(DwarfRegister.X64ReturnAddress, new UnwindRule(UnwindRuleKind.Offset, 0, 0));
        foreach ((byte register, byte at) in s_saved)
        {
            row.Set(register, new UnwindRule(UnwindRuleKind.Offset, 0, at));
        }

        return true;
    }
}

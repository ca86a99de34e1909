using System.Runtime.InteropServices;

namespace Pprof.Unwinding;

/// <summary>
/// The same for Arm64, where every method of the just-in-time compiler keeps a frame: only before x29 is set, and after
/// it is restored, is the return address in the link register. Encodings: Arm Architecture Reference Manual, C6.2.
/// </summary>
internal static class JitFrameArm64
{
    /// <summary>Bytes of a method's beginning that hold its prologue.</summary>
    public const int PrologueBytes = 128;

    private const uint Return = 0xd65f03c0;

    private static readonly FrameRule ByLinkRegister = new() { Kind = FrameRuleKind.LinkRegister };

    /// <summary>The rule of a leaf at <paramref name="offset"/> bytes into the method.</summary>
    public static FrameRule RuleAt(ReadOnlySpan<byte> prologue, long offset, ReadOnlySpan<byte> following)
    {
        ReadOnlySpan<uint> instructions = MemoryMarshal.Cast<byte, uint>(prologue);
        for (int i = 0; i < instructions.Length; i++)
        {
            // add x29, sp, #n; mov x29, sp is the same with n = 0.
            if ((instructions[i] & 0xffc003ff) == 0x910003fd)
            {
                ReadOnlySpan<uint> next = MemoryMarshal.Cast<byte, uint>(following);
                return offset <= i * 4 || (next.Length > 0 && next[0] == Return) ? ByLinkRegister : FrameRule.ByFramePointer;
            }
        }

        return FrameRule.ByFramePointer;
    }
}

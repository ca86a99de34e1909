using System.Runtime.InteropServices;

namespace Pprof.Unwinding;

/// <summary>
/// Tells from the instructions of a method that the just-in-time compiler made for Arm64 where its return address is.
/// Every such method keeps a frame. The return address is in the link register only before x29 is set and after it is
/// restored. Encodings: Arm Architecture Reference Manual, C6.2.
/// </summary>
internal static class JitFrameArm64
{
    /// <summary>Bytes of a method's beginning that hold its prologue.</summary>
    public const int PrologueBytes = 128;

    private const uint Return = 0xd65f03c0;

    private static readonly FrameRule s_byLinkRegister = new() { Kind = FrameRuleKind.LinkRegister };

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
                return offset <= i * 4 || (next.Length > 0 && next[0] == Return) ? s_byLinkRegister : FrameRule.ByFramePointer;
            }
        }

        return FrameRule.ByFramePointer;
    }
}

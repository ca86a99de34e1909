using System.Runtime.InteropServices;
using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>Instructions of the just-in-time compiler for Arm64, and whether the link register has the return address.</summary>
public sealed class JitFrameArm64Tests
{
    private const uint Return = 0xd65f03c0;
    private const uint Nop = 0xd503201f;

    private static readonly uint[] s_small =
    [
        0xa9be7bfd, // 0: stp x29, x30, [sp, #-32]!
        0x910003fd, // 4: mov x29, sp
        0xf9000bf3, // 8: str x19, [sp, #16]
        0xaa0003f3, // 12: mov x19, x0
    ];

    private static readonly uint[] s_large =
    [
        0xd10203ff, // 0: sub sp, sp, #128
        0xa9017bfd, // 4: stp x29, x30, [sp, #16]
        0x910043fd, // 8: add x29, sp, #16
        0xaa0003f3, // 12: mov x19, x0
    ];

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(8, false)]
    [InlineData(5000, false)]
    public void ReturnAddressIsInTheLinkRegisterUntilX29IsSet(int offset, bool isInLinkRegister) =>
        AssertRule(isInLinkRegister, s_small, offset, Nop);

    [Theory]
    [InlineData(0, true)]
    [InlineData(4, true)]
    [InlineData(8, true)]
    [InlineData(12, false)]
    public void FrameAboveTheStackPointerIsAFrameAsWell(int offset, bool isInLinkRegister) =>
        AssertRule(isInLinkRegister, s_large, offset, Nop);

    [Theory]
    [InlineData(Return, true)] // ret
    [InlineData(0xa8c27bfd, false)] // ldp x29, x30, [sp], #32: not restored yet
    [InlineData(0xd65f0260, false)] // ret x19
    [InlineData(0x94000010, false)] // bl
    public void ReturnAddressIsThereAgainAtTheReturn(uint following, bool isInLinkRegister) =>
        AssertRule(isInLinkRegister, s_small, 5000, following);

    [Theory]
    [InlineData(0x910003fc)] // mov x28, sp
    [InlineData(0x9100001d)] // add x29, x0, #0
    [InlineData(0xd10043fd)] // sub x29, sp, #16
    [InlineData(0x110003fd)] // add w29, wsp, #0
    public void CodeThatSetsNoFrameIsLeftByTheFramePointer(uint instruction)
    {
        AssertRule(false, [instruction], 0, Nop);
        AssertRule(false, [instruction], 4, Return);
    }

    [Fact]
    public void CodeThatEndsIsLeftByTheFramePointer()
    {
        Assert.Equal(FrameRuleKind.FramePointer, JitFrameArm64.RuleAt(Bytes(s_small), 5000, []).Kind);
        Assert.Equal(FrameRuleKind.FramePointer, JitFrameArm64.RuleAt(Bytes(s_small), 5000, [0xc0, 0x03, 0x5f]).Kind);
        Assert.Equal(FrameRuleKind.FramePointer, JitFrameArm64.RuleAt([], 0, []).Kind);
    }

    private static void AssertRule(bool isInLinkRegister, uint[] prologue, int offset, uint following) => Assert.Equal(
        isInLinkRegister ? FrameRuleKind.LinkRegister : FrameRuleKind.FramePointer,
        JitFrameArm64.RuleAt(Bytes(prologue), offset, Bytes([following, Nop])).Kind);

    private static ReadOnlySpan<byte> Bytes(uint[] instructions) => MemoryMarshal.AsBytes(instructions.AsSpan());
}

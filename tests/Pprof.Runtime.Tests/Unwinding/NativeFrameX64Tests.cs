using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

public class NativeFrameX64Tests
{
    [Theory]
    [InlineData("90", "554889e54157", 0, -1)] // | push rbp; mov rbp, rsp; push r15
    [InlineData("90", "f30f1efa554889e5", 0, -1)] // | endbr64; push rbp; mov rbp, rsp
    [InlineData("55", "4889e541574156", 8, 0)] // push rbp | mov rbp, rsp; push r15
    [InlineData("78", "5b415c415d415e415f5dc30f1f00", 48, 40)] // | pop rbx, r12, r13, r14, r15, rbp; ret
    [InlineData("5d", "c30f1f00", 0, -1)] // pop rbp | ret
    public void WhereTheFramePointerIsTheCallersTheStackPointerLeads(string before, string following, int returnAddress, int framePointer)
    {
        FrameRule rule = NativeFrameX64.RuleAt(Convert.FromHexString(before)[0], Convert.FromHexString(following));

        Assert.Equal(FrameRuleKind.StackPointer, rule.Kind);
        Assert.Equal(returnAddress, rule.ReturnAddressOffset);
        Assert.Equal(framePointer, rule.SavedFramePointerOffset);
    }

    [Theory]
    [InlineData("e5", "415741564155")] // mov rbp, rsp | push r15
    [InlineData("90", "4889e54889c1")] // nop | mov rbp, rsp
    [InlineData("90", "554889f0")] // | push rbp; mov rax, rsi
    [InlineData("90", "")]
    public void ElsewhereNothingIsKnown(string before, string following) =>
        Assert.Same(FrameRule.UnknownLeaf, NativeFrameX64.RuleAt(Convert.FromHexString(before)[0], Convert.FromHexString(following)));
}

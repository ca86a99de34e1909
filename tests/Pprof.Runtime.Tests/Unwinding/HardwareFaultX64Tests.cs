using Pprof.Unwinding;
using Pprof.Unwinding.Dwarf;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

public class HardwareFaultX64Tests
{
    // RhpThrowHwEx of .NET 9.0.20 and 10.0.12.
    private static readonly byte[] s_code = Convert.FromHexString(
        "4889e0" + "4883e4f0" + "4831d2" + "4157" + "4156" + "4155" + "4154" + "52" + "53" + "52" + "55" + "50" + "56" + "488da42460feffff");

    [Fact]
    public void TheFaultIsFoundInWhatWasPushed()
    {
        Assert.True(HardwareFaultX64.TryGetRow(s_code, 0x6c, out UnwindRow row));

        Assert.Equal(new UnwindRule(UnwindRuleKind.Register, DwarfRegister.X64Rsp, 0x1a0), row.Cfa);
        Assert.Equal(new UnwindRule(UnwindRuleKind.Offset, 0, 0), row.ReturnAddress);
        Assert.Equal(new UnwindRule(UnwindRuleKind.Offset, 0, 8), row[DwarfRegister.X64Rsp]);
        Assert.Equal(new UnwindRule(UnwindRuleKind.Offset, 0, 16), row[DwarfRegister.X64Rbp]);
        Assert.True(row.IsSignalFrame);
    }

    [Theory]
    [InlineData(0, DwarfRegister.X64Rsp)]
    [InlineData(3, DwarfRegister.X64Rax)]
    [InlineData(0x18, DwarfRegister.X64Rax)]
    public void WhilePushingItIsStillInRegisters(int offset, int stackPointer)
    {
        Assert.True(HardwareFaultX64.TryGetRow(s_code, (nuint)offset, out UnwindRow row));

        Assert.Equal(new UnwindRule(UnwindRuleKind.Register, stackPointer, 0), row.Cfa);
        Assert.Equal(new UnwindRule(UnwindRuleKind.Register, DwarfRegister.X64Rsi, 0), row.ReturnAddress);
        Assert.Equal(UnwindRuleKind.SameValue, row[DwarfRegister.X64Rbp].Kind);
        Assert.True(row.IsSignalFrame);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(31)]
    public void AnotherFunctionHasRowsOfItsOwn(int changed)
    {
        byte[] other = [.. s_code];
        other[changed] ^= 0xff;

        Assert.False(HardwareFaultX64.TryGetRow(other, 0x6c, out _));
        Assert.False(HardwareFaultX64.TryGetRow(s_code[..changed], 0x6c, out _));
    }
}

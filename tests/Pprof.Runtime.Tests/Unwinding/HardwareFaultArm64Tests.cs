using Pprof.Unwinding;
using Pprof.Unwinding.Dwarf;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

public class HardwareFaultArm64Tests
{
    // RhpThrowHwEx of .NET 10.0.12; RhpThrowEx keeps the link register (x30) in place of x1.
    private static readonly byte[] s_code = Convert.FromHexString("e3030091" + "ff4301d1" + "e30700a9");
    private static readonly byte[] s_throw = Convert.FromHexString("e3030091" + "ff4301d1" + "e37b00a9");

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void TheFaultIsInARegisterAtFirst(int offset)
    {
        UnwindRow row = RowOfTable();

        HardwareFaultArm64.Correct(s_code, (nuint)offset, ref row);

        Assert.Equal(new UnwindRule(UnwindRuleKind.Register, DwarfRegister.Arm64X1, 0), row.ReturnAddress);
        Assert.True(row.IsSignalFrame);
    }

    [Fact]
    public void TheFaultIsFoundInWhatWasStored()
    {
        UnwindRow row = RowOfTable();
        UnwindRow table = row;

        HardwareFaultArm64.Correct(s_code, 0x87, ref row);

        Assert.Equal(new UnwindRule(UnwindRuleKind.Offset, 0, -72), row.ReturnAddress);
        Assert.Equal(table.Cfa, row.Cfa);
        Assert.Equal(table.ReturnAddress, row[DwarfRegister.Arm64LinkRegister]);
        Assert.True(row.IsSignalFrame);
    }

    [Fact]
    public void AnotherFunctionKeepsItsRow()
    {
        UnwindRow row = RowOfTable();
        UnwindRow table = row;

        HardwareFaultArm64.Correct(s_throw, 0x87, ref row);
        HardwareFaultArm64.Correct(default, 0x87, ref row);

        Assert.Equal(table.ReturnAddress, row.ReturnAddress);
        Assert.False(row.IsSignalFrame);
    }

    private static UnwindRow RowOfTable()
    {
        var row = new UnwindRow
        {
            Cfa = new UnwindRule(UnwindRuleKind.Register, DwarfRegister.Arm64FramePointer, 192),
            ReturnAddressRegister = DwarfRegister.Arm64LinkRegister,
        };
        row.Set(DwarfRegister.Arm64LinkRegister, new UnwindRule(UnwindRuleKind.Offset, 0, -184));
        return row;
    }
}

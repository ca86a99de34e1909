using System.Buffers.Binary;
using Pprof.Unwinding.Dwarf;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding.Dwarf;

public class DwarfExpressionTests
{
    // Of x64: System V ABI, AMD64 supplement, figure 3.36.
    private const int ReturnAddress = 16;

    // Of an entry of the procedure linkage table: rsp + 8 + ((rip & 15) >= 11 ? 8 : 0), as linkers write it.
    private const string LinkageTable = "77088000" + "3f1a3b2a332422";

    [Theory]
    [InlineData(0x401020, 0x7008)]
    [InlineData(0x40102a, 0x7008)]
    [InlineData(0x40102b, 0x7010)]
    [InlineData(0x40102f, 0x7010)]
    public void TheCfaOfALinkageTableDependsOnTheProgramCounter(long programCounter, long expected)
    {
        Assert.Equal((long?)expected, Evaluate(LinkageTable, new Frame { StackPointer = 0x7000, ProgramCounter = (nuint)programCounter }));
    }

    [Theory]
    [InlineData("08ff", 255)]
    [InlineData("09ff", -1)]
    [InlineData("0a0080", 0x8000)]
    [InlineData("0b0080", -0x8000)]
    [InlineData("0c00000080", 0x80000000)]
    [InlineData("0d00000080", -0x80000000L)]
    [InlineData("0e0100000000000000", 1)]
    [InlineData("10e58e26", 624485)]
    [InlineData("11c0bb78", -123456)]
    [InlineData("351f", -5)]
    [InlineData("353420", ~4L)]
    [InlineData("38321c", 6)]
    [InlineData("38321b", 4)]
    [InlineData("38331d", 2)]
    [InlineData("38331e", 24)]
    [InlineData("383321", 11)]
    [InlineData("383327", 11)]
    [InlineData("3f361a", 6)]
    [InlineData("313424", 16)]
    [InlineData("3f3225", 3)]
    [InlineData("09f03226", -4)]
    [InlineData("09fb19", 5)]
    [InlineData("31322b", 0)]
    [InlineData("32312b", 1)]
    [InlineData("31312c", 1)]
    [InlineData("31322d", 1)]
    [InlineData("31312e", 0)]
    [InlineData("313229", 0)]
    [InlineData("31322a", 0)]
    [InlineData("3132161c", 1)]
    [InlineData("3132141c1c", 0)]
    [InlineData("31323317" + "1c1c", 4)]
    [InlineData("3112" + "22", 2)]
    [InlineData("313213", 1)]
    [InlineData("3132331502", 1)]
    [InlineData("31230a", 11)]
    [InlineData("312801003132", 2)]
    [InlineData("302801003132", 2)]
    [InlineData("2f02003132" + "33", 3)]
    [InlineData("3196", 1)]
    public void OperationsComputeWhatTheStandardSays(string expression, long expected)
    {
        Assert.Equal((long?)expected, Evaluate(expression, default));
    }

    [Theory]
    [InlineData("770806", 0x1122334455667788)]
    [InlineData("77089401", 0x88)]
    [InlineData("77089404", 0x55667788)]
    [InlineData("9207" + "0806", 0x1122334455667788)]
    public void MemoryIsReadThroughTheFrame(string expression, long expected)
    {
        Assert.Equal((long?)expected, Evaluate(expression, new Frame { StackPointer = 0x6ff8, WordAddress = 0x7000, Word = 0x1122334455667788 }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("22")]
    [InlineData("3122")]
    [InlineData("12")]
    [InlineData("06")]
    [InlineData("0e01")]
    [InlineData("31301b")]
    [InlineData("31301d")]
    [InlineData("2f0080")]
    [InlineData("2fff7f")]
    [InlineData("50")]
    [InlineData("ff")]
    [InlineData("7200")]
    [InlineData("9196")]
    [InlineData("770006")]
    [InlineData("77089400")]
    [InlineData("77089409")]
    public void WhatIsMalformedOrNotKnownHasNoValue(string expression)
    {
        Assert.Null(Evaluate(expression, default));
    }

    [Theory]
    [InlineData("2ffdff")]
    [InlineData("31282fff")]
    [InlineData("31" + "12" + "2ffcff")]
    [InlineData("3131" + "28fdff" + "2ff8ff")]
    public void LoopsEnd(string expression)
    {
        Assert.Null(Evaluate(expression, default));
    }

    [Fact]
    public void TheLowestNumberDividedByMinusOneDoesNotThrow()
    {
        Assert.Equal(long.MinValue, Evaluate("0f0000000000000080" + "09ff" + "1b", default));
    }

    [Fact]
    public void TheCfaIsOnTheStackOfARuleOfARegister()
    {
        Frame frame = default;

        Assert.True(DwarfExpression.TryEvaluate(Convert.FromHexString("38" + "1c"), 0x7000, ref frame, out nuint result));
        Assert.Equal((nuint)0x6ff8, result);
    }

    [Fact]
    public void RandomBytesNeverThrow()
    {
        var random = new Random(1);
        int computed = 0;
        var bytes = new byte[24];
        for (int i = 0; i < 200_000; i++)
        {
            random.NextBytes(bytes);
            var frame = new Frame { StackPointer = 0x7000 };
            computed += DwarfExpression.TryEvaluate(bytes.AsSpan(0, random.Next(bytes.Length)), 0x7000, ref frame, out _) ? 1 : 0;
        }

        Assert.InRange(computed, 1, 199_999);
    }

    private static long? Evaluate(string expression, Frame frame) =>
        DwarfExpression.TryEvaluate(Convert.FromHexString(expression), null, ref frame, out nuint result) ? (long)result : null;

    private struct Frame : IDwarfFrame
    {
        public nuint StackPointer;
        public nuint ProgramCounter;
        public nuint WordAddress;
        public ulong Word;

        public readonly bool TryReadRegister(int register, out nuint value)
        {
            value = register == DwarfRegister.X64Rsp ? StackPointer : ProgramCounter;
            return register is DwarfRegister.X64Rsp or ReturnAddress;
        }

        public readonly bool TryReadMemory(nuint address, scoped Span<byte> destination)
        {
            Span<byte> word = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(word, Word);
            return WordAddress != 0 && address == WordAddress && word[..destination.Length].TryCopyTo(destination);
        }
    }
}

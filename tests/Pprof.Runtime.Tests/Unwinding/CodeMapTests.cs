using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pprof.Runtime.Tests.Symbols;
using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>What the code of this process and code that was put there says of frames. Nothing of it is executed.</summary>
public sealed class CodeMapTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private readonly CodeMap _code = new();

    [X64Theory]
    [InlineData("e8 00 01 00 00")] // call rel32
    [InlineData("ff d0")] // call rax
    [InlineData("41 ff d3")] // call r11
    [InlineData("ff 10")] // call [rax]
    [InlineData("ff 14 24")] // call [rsp]
    [InlineData("41 ff 14 24")] // call [r12]
    [InlineData("ff 50 08")] // call [rax+8]
    [InlineData("ff 54 24 08")] // call [rsp+8]
    [InlineData("ff 90 00 01 00 00")] // call [rax+256]
    [InlineData("41 ff 93 00 01 00 00")] // call [r11+256]
    [InlineData("ff 94 24 00 01 00 00")] // call [rsp+256]
    [InlineData("ff 15 10 00 00 00")] // call [rip+16]
    public void EveryFormOfCallIsReturnedTo(string call)
    {
        using MappedCode code = new MappedCode(Bytes(call)).Allow();

        Assert.True(new CodeMap().IsReturnAddress(code.End));
        Assert.False(new CodeMap().IsReturnAddress(code.End + 8));
    }

    [X64Theory]
    [InlineData("e9 00 01 00 00")] // jmp rel32
    [InlineData("ff e0")] // jmp rax
    [InlineData("ff 25 10 00 00 00")] // jmp [rip+16]
    [InlineData("ff 30")] // push [rax]
    [InlineData("ff c0")] // inc eax
    [InlineData("c3")] // ret
    [InlineData("e8 00 01 00 00 90")] // call rel32; nop
    [InlineData("ff d0 90")] // call rax; nop
    [InlineData("ff 10 90")] // call [rax]; nop
    [InlineData("ff 50 08 90")] // call [rax+8]; nop
    public void WhatFollowsNoCallIsNotReturnedTo(string instructions)
    {
        using MappedCode code = new MappedCode(Bytes(instructions)).Allow();

        Assert.False(new CodeMap().IsReturnAddress(code.End));
    }

    [X64Fact]
    public void WordOfDataIsNoReturnAddressWhateverItFollows()
    {
        using var data = new MappedCode(Bytes("e8 00 01 00 00"));

        Assert.False(new CodeMap().IsReturnAddress(data.End));
        Assert.False(_code.IsReturnAddress(0));
        Assert.False(_code.IsReturnAddress(4095));
        Assert.False(_code.IsReturnAddress(nuint.MaxValue));
    }

    [X64Fact]
    public void CodeThatAppearsLaterIsFound()
    {
        using var code = new MappedCode(Bytes("e8 00 01 00 00"));
        var map = new CodeMap();
        Assert.False(map.IsReturnAddress(code.End));

        code.Allow();

        Assert.True(SpinWait.SpinUntil(() => map.IsReturnAddress(code.End), s_timeout));
    }

    /// <summary>The memory of a method that was made at run time is another's when it is gone.</summary>
    [X64Fact]
    public void CodeThatComesToBeWhereOtherCodeWasIsReadAnew()
    {
        // push rbp; push r15; sub rsp, 20h; lea rbp, [rsp+28h]; call.
        using MappedCode code = new MappedCode(Bytes("55 41 57 48 83 ec 20 48 8d 6c 24 28 e8 00 01 00 00")).Allow();
        var map = new CodeMap();
        bool wasReturnAddress = map.IsReturnAddress(code.End);
        int offset = map.FramePointerOffset(code.End);

        code.Replace(Bytes("55 41 57 48 83 ec 30 48 8d 6c 24 38 90 90 90 90 90"));

        Assert.True(wasReturnAddress);
        Assert.Equal(0x28, offset);
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                GC.Collect(0);
                return !map.IsReturnAddress(code.End) && map.FramePointerOffset(code.End) == 0x38;
            },
            s_timeout));
    }

    [LinuxFact]
    public void FunctionOfTheCLibraryHasCallFrameInformation()
    {
        nuint start = GetProcessId();

        FrameRule leaf = _code.LeafRule(start);
        FrameRule caller = _code.CallerRule(start + 1);

        Assert.All([leaf, caller], rule =>
        {
            Assert.Equal(FrameRuleKind.CallFrameInformation, rule.Kind);
            Assert.Equal(start, rule.Row.Start);
            Assert.True(rule.Row.Limit > start);
            Assert.NotNull(rule.Table);
            Assert.True(rule.IsThreadStart);
            Assert.False(rule.IsManaged);
            Assert.Null(rule.Method);
        });
    }

    /// <summary>A call may be a function's last instruction, and then what it returns to is another function.</summary>
    [LinuxFact]
    public void CallerIsTheFunctionBeforeItsReturnAddress()
    {
        nuint start = GetProcessId();

        FrameRule rule = _code.CallerRule(start);

        Assert.True(rule.Row.Limit <= start && rule.Row.Start < start);
    }

    [LinuxFact]
    public void CompiledMethodIsKnownByItsAddress()
    {
        nuint address = RecordedStack.Of(Capture).Callers[0];

        FrameRule rule = _code.CallerRule(address);

        Assert.True(rule.IsManaged);
        Assert.False(rule.IsThreadStart);
        Assert.Equal(((Action)Capture).Method, rule.Method);
        Assert.InRange(address - rule.MethodStart, 1u, 1000u);
        Assert.Equal(FrameRuleKind.FramePointer, rule.Kind);
    }

    [X64Fact]
    public void MethodIsLeftByItsPrologueAtItsStartAndByItsFrameLater()
    {
        nuint start = _code.CallerRule(RecordedStack.Of(Capture).Callers[0]).MethodStart;

        FrameRule atStart = _code.LeafRule(start);

        Assert.Equal(FrameRuleKind.StackPointer, atStart.Kind);
        Assert.Equal(0, atStart.ReturnAddressOffset);
        Assert.Equal(((Action)Capture).Method, atStart.Method);
    }

    [X64Fact]
    public void OptimizedMethodIsLeftByItsStackPointer()
    {
        FrameRule rule = _code.CallerRule(FramelessMethod.RecordedAddress);

        Assert.Equal(FrameRuleKind.StackPointer, rule.Kind);
        Assert.True(rule.ReturnAddressOffset > 0);
        Assert.Equal("ParseAndAdd", rule.Method?.Name);
    }

    [X64Fact]
    public void CodeThatIsNoMethodAndOfNoFileIsTheRuntimes()
    {
        using MappedCode stub = new MappedCode([]).Allow();
        var code = new CodeMap();

        FrameRule leaf = code.LeafRule(stub.End);
        FrameRule caller = code.CallerRule(stub.End);

        Assert.Equal(FrameRuleKind.Unknown, leaf.Kind);
        Assert.Equal(FrameRuleKind.FramePointer, caller.Kind);
        Assert.All([leaf, caller], static rule => Assert.True(rule is { IsManaged: true, IsThreadStart: false, Method: null, MethodStart: 0 }));
    }

    [X64Theory]
    [InlineData(0)]
    [InlineData(4096)]
    [InlineData(-1)]
    public void NowhereIsLeftByTheWordOnTheStackOrByTheFramePointer(long address)
    {
        FrameRule leaf = _code.LeafRule((nuint)address);
        FrameRule caller = _code.CallerRule((nuint)address);

        Assert.Equal(FrameRuleKind.Unknown, leaf.Kind);
        Assert.Equal(FrameRuleKind.FramePointer, caller.Kind);
        Assert.All([leaf, caller], static rule => Assert.False(rule.IsManaged || rule.IsThreadStart));
    }

    [LinuxFact]
    public unsafe void DataIsNoCode()
    {
        int local = 0;

        Assert.False(_code.IsCode((nuint)(&local)));
        Assert.False(_code.IsCode(0));
        Assert.True(_code.IsCode(GetProcessId()));
        Assert.True(_code.IsCode(RecordedStack.Of(Capture).Callers[0]));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Capture()
    {
        RecordedStack.Capture();
        RecordedStack.Rest();
    }

    private static nuint GetProcessId() => (nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid");

    private static byte[] Bytes(string hexadecimal) =>
        [.. hexadecimal.Split(' ').Select(digits => byte.Parse(digits, NumberStyles.HexNumber))];
}

using System.Globalization;
using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

/// <summary>
/// Instructions of the just-in-time compiler for x64, and where they leave the return address. Offsets are from the
/// stack pointer in bytes; -1 stands for a frame pointer that is still the caller's.
/// </summary>
public sealed class JitFrameX64Tests
{
    private static readonly byte[] s_framed =
    [
        0x55,                         // 0: push rbp
        0x41, 0x57,                   // 1: push r15
        0x53,                         // 3: push rbx
        0x48, 0x83, 0xec, 0x18,       // 4: sub rsp, 24
        0xc5, 0xf8, 0x77,             // 8: vzeroupper
        0x48, 0x8d, 0x6c, 0x24, 0x28, // 11: lea rbp, [rsp+40]
        0x33, 0xc0,                   // 16: xor eax, eax
    ];

    private static readonly byte[] s_frameless =
    [
        0x41, 0x56,                         // 0: push r14
        0x55,                               // 2: push rbp, which the body uses as any other register
        0x53,                               // 3: push rbx
        0x48, 0x81, 0xec, 0x50, 0x01, 0, 0, // 4: sub rsp, 336
        0x8b, 0xdf,                         // 11: mov ebx, edi
        0x48, 0x8b, 0xec,                   // 13: mov rbp, rsp, in the body
    ];

    private static readonly byte[] s_probed =
    [
        0x55,                                           // 0: push rbp
        0x53,                                           // 1: push rbx
        0x4c, 0x8d, 0x9c, 0x24, 0xf8, 0xef, 0xff, 0xff, // 2: lea r11, [rsp-4104]
        0xe8, 0x00, 0x01, 0x00, 0x00,                   // 10: call the probe
        0x49, 0x8b, 0xe3,                               // 15: mov rsp, r11
        0x48, 0x8d, 0xac, 0x24, 0x10, 0x10, 0x00, 0x00, // 18: lea rbp, [rsp+4112]
        0x33, 0xc0,                                     // 26: xor eax, eax
    ];

    // What takes the place of a method that runs in a loop, as .NET 10 compiles it: registers are stored in the frame of that one.
    private static readonly byte[] s_replacing =
    [
        0x48, 0x8b, 0x45, 0x00,                         // 0: mov rax, [rbp]
        0x50,                                           // 4: push rax
        0x48, 0x83, 0xec, 0x30,                         // 5: sub rsp, 48
        0x4c, 0x89, 0xbc, 0x24, 0xe8, 0x00, 0x00, 0x00, // 9: mov [rsp+232], r15
        0x48, 0x89, 0x9c, 0x24, 0xe0, 0x00, 0x00, 0x00, // 17: mov [rsp+224], rbx
        0xc5, 0xf8, 0x77,                               // 25: vzeroupper
        0x48, 0x8d, 0x6c, 0x24, 0x30,                   // 28: lea rbp, [rsp+48]
        0x4c, 0x8b, 0xb5, 0x90, 0x00, 0x00, 0x00,       // 33: mov r14, [rbp+144]
    ];

    [Theory]
    [InlineData(0, 0, -1)]
    [InlineData(1, 8, 0)]
    [InlineData(3, 16, 8)]
    [InlineData(4, 24, 16)]
    [InlineData(8, 48, 40)]
    [InlineData(11, 48, 40)]
    public void BeforeTheFramePointerIsSetThePushesTellThePlace(int offset, int returnAddress, int savedFramePointer) =>
        AssertByStackPointer(returnAddress, savedFramePointer, Rule(s_framed, offset));

    [Theory]
    [InlineData(16)]
    [InlineData(18)]
    [InlineData(5000)]
    public void OnceItIsSetTheFramePointerTellsIt(int offset)
    {
        FrameRule rule = Rule(s_framed, offset);

        Assert.Equal(FrameRuleKind.FramePointer, rule.Kind);
        Assert.Equal(48, rule.ReturnAddressOffset);
    }

    /// <summary>It is on the stack as long as the loop runs, and each stack of that thread has it.</summary>
    [Theory]
    [InlineData(33)]
    [InlineData(40)]
    [InlineData(5000)]
    public void WhatTakesThePlaceOfALoopIsLeftByTheFramePointer(int offset) =>
        Assert.Equal(FrameRuleKind.FramePointer, Rule(s_replacing, offset).Kind);

    /// <summary>The frame pointer is that of the version that it replaces.</summary>
    [Theory]
    [InlineData(0, 0, -1)]
    [InlineData(4, 0, -1)]
    [InlineData(5, 8, -1)]
    [InlineData(9, 56, -1)]
    public void BeforeItHasItsFrameThePushesTellThePlace(int offset, int returnAddress, int savedFramePointer) =>
        AssertByStackPointer(returnAddress, savedFramePointer, Rule(s_replacing, offset));

    [Theory]
    [InlineData(0, 0, -1)]
    [InlineData(2, 8, -1)]
    [InlineData(3, 16, 0)]
    [InlineData(4, 24, 8)]
    [InlineData(11, 360, 344)]
    [InlineData(13, 360, 344)]
    [InlineData(5000, 360, 344)]
    public void MethodWithoutAFrameIsLeftByTheStackPointer(int offset, int returnAddress, int savedFramePointer) =>
        AssertByStackPointer(returnAddress, savedFramePointer, Rule(s_frameless, offset));

    [Theory]
    [InlineData(2, false)]
    [InlineData(10, true)]
    [InlineData(26, true)]
    [InlineData(5000, true)]
    public void LargeFrameIsLeftByTheFramePointer(int offset, bool isByFramePointer) =>
        Assert.Equal(isByFramePointer ? FrameRuleKind.FramePointer : FrameRuleKind.StackPointer, Rule(s_probed, offset).Kind);

    [Theory]
    [InlineData("55 48 8b ec", 4)] // push rbp; mov rbp, rsp
    [InlineData("55 48 89 e5", 4)] // the same, encoded the other way
    [InlineData("55 48 83 ec 40 48 8d 6c 24 40", 10)] // push rbp; sub rsp, 64; lea rbp, [rsp+64]
    [InlineData("55 48 81 ec 00 01 00 00 48 8d ac 24 00 01 00 00", 16)] // push rbp; sub rsp, 256; lea rbp, [rsp+256]
    public void FramePointerIsSetInEveryWay(string prologue, int length)
    {
        byte[] code = Bytes(prologue);

        Assert.Equal(FrameRuleKind.StackPointer, Rule(code, 1).Kind);
        Assert.Equal(FrameRuleKind.FramePointer, Rule(code, length).Kind);
    }

    [Theory]
    [InlineData("48 83 ec 28", 4, 40, -1)] // sub rsp, 40
    [InlineData("48 81 ec 88 00 00 00", 7, 136, -1)] // sub rsp, 136
    [InlineData("50", 1, 8, -1)] // push rax
    [InlineData("c5 f8 77 48 83 ec 28", 7, 40, -1)] // vzeroupper; sub rsp, 40
    [InlineData("48 83 c4 28", 4, 0, -1)] // add rsp, 40: no prologue does
    [InlineData("48 8b c7", 3, 0, -1)] // mov rax, rdi: the body
    [InlineData("48 8b c7 53", 4, 0, -1)] // mov rax, rdi; push rbx: an argument of the body's
    public void PrologueEndsWithTheFirstOtherInstruction(string prologue, int offset, int returnAddress, int savedFramePointer) =>
        AssertByStackPointer(returnAddress, savedFramePointer, Rule(Bytes(prologue), offset));

    [Theory]
    [InlineData("48 83 c4 18 5b 41 5f 5d c3", 48, 40)] // add rsp, 24; pop rbx; pop r15; pop rbp; ret
    [InlineData("48 81 c4 50 01 00 00 5b c3", 344, -1)] // add rsp, 336; pop rbx; ret
    [InlineData("5b 41 5f 5d c3", 24, 16)] // pop rbx; pop r15; pop rbp; ret
    [InlineData("41 5f 5d c3", 16, 8)] // pop r15; pop rbp; ret
    [InlineData("5d c3", 8, 0)] // pop rbp; ret
    [InlineData("5d 41 5e c3", 16, 0)] // pop rbp; pop r14; ret
    [InlineData("c3", 0, -1)] // ret
    [InlineData("c5 f8 77 5d c3", 8, 0)] // vzeroupper; pop rbp; ret
    [InlineData("c5 f8 77 c3", 0, -1)] // vzeroupper; ret
    [InlineData("5d e9 10 00 00 00", 8, 0)] // pop rbp; jmp rel32
    [InlineData("48 83 c4 28 ff 25 10 00 00 00", 40, -1)] // add rsp, 40; jmp [rip+16]
    [InlineData("5d ff e0 90", 8, 0)] // pop rbp; jmp rax
    [InlineData("5d 48 ff e0", 8, 0)] // pop rbp; rex.w jmp rax
    [InlineData("5d 41 ff e3", 8, 0)] // pop rbp; jmp r11
    public void InAnEpilogueWhatFollowsTellsThePlace(string following, int returnAddress, int savedFramePointer) =>
        AssertByStackPointer(returnAddress, savedFramePointer, Rule(s_framed, 5000, following));

    [Theory]
    [InlineData("e9 10 00 00 00")] // jmp rel32: a loop
    [InlineData("ff e0 90")] // jmp rax: a switch
    [InlineData("48 83 c4 18 33 c0 90")] // add rsp, 24; xor eax, eax
    [InlineData("5b e8 10 00 00 00")] // pop rbx; call rel32
    [InlineData("5b ff d0 90")] // pop rbx; call rax
    [InlineData("48 83 ec 18 c3 90 90")] // sub rsp, 24; ret
    [InlineData("33 c0 c3")] // xor eax, eax; ret
    [InlineData("c5 f8 77 33 c0")] // vzeroupper; xor eax, eax
    [InlineData("48 8d 65 f0 5b 5d c3")] // lea rsp, [rbp-16]; pop rbx; pop rbp; ret: the frame pointer is still the frame's
    [InlineData("")]
    public void WhatIsNoEpilogueIsTheBody(string following) =>
        Assert.Equal(FrameRuleKind.FramePointer, Rule(s_framed, 5000, following).Kind);

    private static FrameRule Rule(byte[] prologue, int offset, string following = "")
    {
        // The code goes on after what matters.
        byte[] code = new byte[JitFrameX64.PrologueBytes];
        Array.Fill(code, (byte)0x90);
        prologue.CopyTo(code, 0);
        return JitFrameX64.RuleAt(code, offset, Bytes(following));
    }

    private static void AssertByStackPointer(int returnAddress, int savedFramePointer, FrameRule rule)
    {
        Assert.Equal(FrameRuleKind.StackPointer, rule.Kind);
        Assert.Equal(returnAddress, rule.ReturnAddressOffset);
        Assert.Equal(savedFramePointer, rule.SavedFramePointerOffset);
    }

    private static byte[] Bytes(string hexadecimal) =>
        [.. hexadecimal.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(digits => byte.Parse(digits, NumberStyles.HexNumber))];
}

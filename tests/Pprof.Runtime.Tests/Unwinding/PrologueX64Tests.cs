using Pprof.Unwinding;
using Xunit;

namespace Pprof.Runtime.Tests.Unwinding;

public sealed class PrologueX64Tests
{
    [Theory]
    // The just-in-time compiler: push rbp; push r15; push rbx; sub rsp, 28h; lea rbp, [rsp+38h].
    [InlineData("55 41 57 53 48 83 ec 28 48 8d 6c 24 38 33 c0", 0x38)]
    // The same with a large frame: sub rsp, 120h; lea rbp, [rsp+130h].
    [InlineData("55 41 57 53 48 81 ec 20 01 00 00 48 8d ac 24 30 01 00 00 33 c0", 0x130)]
    // clang: push rbp; mov rbp, rsp; push r15; push r14; push rbx; push rax.
    [InlineData("55 48 89 e5 41 57 41 56 53 50 48 89 fb", 0x20)]
    // gcc: endbr64; push rbp; mov rbp, rsp; sub rsp, 10h.
    [InlineData("f3 0f 1e fa 55 48 89 e5 48 83 ec 10 89 7d fc", 0x10)]
    // No frame: sub rsp, 18h; or pushes alone.
    [InlineData("48 83 ec 18 48 89 fb 90 90 90", -1)]
    [InlineData("55 53 48 83 ec 08 48 89 fb 90", -1)]
    // The frame pointer is not next to the return address: push r15; push rbp; mov rbp, rsp.
    [InlineData("41 57 55 48 89 e5 48 83 ec 10 90", -1)]
    [InlineData("", -1)]
    public void TheFirstInstructionsTellHowFarTheFramePointerLiesAboveTheStackPointer(string code, int expected) =>
        Assert.Equal(expected, PrologueX64.FramePointerOffset(Convert.FromHexString(code.Replace(" ", "", StringComparison.Ordinal))));
}

using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

public sealed class ThreadRestTests
{
    [Theory]
    [InlineData("202 0x7f0 0x189 0x0 0x0 0x0 0xffffffff 0x7ffe25f63c48 0x7f66977f22ad\n", "AtRest 7ffe25f63c48 7f66977f22ad")]
    [InlineData("-1 0x7ffe25f63c48 0x7f66977f22ad\n", "AtRest 7ffe25f63c48 7f66977f22ad")]
    [InlineData("running\n", "Running 0 0")]
    [InlineData("", "Ended 0 0")]
    [InlineData("202 0x7f0 0x189", "Unknown 0 0")]
    [InlineData("0 0x0 0x0\n", "Unknown 0 0")]
    [InlineData("-1 0x0 0x10\n", "Unknown 0 0")]
    [InlineData("-1 0xzz 0x10\n", "Unknown 0 0")]
    public void ALineSaysWhereAThreadStands(string line, string expected)
    {
        ThreadRest rest = ThreadRest.Parse(System.Text.Encoding.ASCII.GetBytes(line));

        Assert.Equal(expected, $"{rest.State} {(ulong)rest.Sp:x} {(ulong)rest.Pc:x}");
    }

    [Theory]
    [InlineData("futex 0x7f0 0x189 0x0 0x0 0x0 0xffffffff 0x10 0x20\n", true)]
    [InlineData("futex 0x7f0 0x189 0x0 0x7ffe25f63b00 0x0 0xffffffff 0x10 0x20\n", false)]
    [InlineData("0 0x7f0 0x189 0x0 0x0 0x0 0xffffffff 0x10 0x20\n", false)]
    [InlineData("-1 0x10 0x20\n", false)]
    public void ALineSaysWhetherAWaitHasATimeout(string line, bool waitsForEver)
    {
        line = line.Replace("futex", $"{SystemCall.Futex}", StringComparison.Ordinal);

        Assert.Equal(waitsForEver, ThreadRest.Parse(System.Text.Encoding.ASCII.GetBytes(line)).WaitsForEver);
    }

    [LinuxFact]
    public void TheKernelTellsOfThisProcess() => Assert.Null(ThreadRest.UnsupportedReason);

    [LinuxFact]
    public void AThreadThatIsNotThereHasEnded()
    {
        using var file = new TaskFile(int.MaxValue, "syscall"u8);

        Assert.Equal(ThreadRestState.Ended, ThreadRest.Parse(file.Read(stackalloc byte[64])).State);
        Assert.Equal(2, file.Error);
    }
}

using Pprof.Process;
using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols;

public sealed class CodeLayoutTests
{
    [LinuxFact]
    public unsafe void CodeThatComesAndGoesIsSeen()
    {
        const int Length = 1 << 20;
        void* code = Libc.Map(null, Length, Libc.ReadExecute, Libc.PrivateAnonymous, -1, 0);
        Assert.True(code != Libc.MapFailed);
        try
        {
            Assert.True(CodeLayout.Current().Map.Find((nuint)code)?.IsExecutable);
        }
        finally
        {
            _ = Libc.Unmap(code, Length);
        }

        Assert.Null(CodeLayout.Current().Map.Find((nuint)code));
    }

    [LinuxFact]
    public void LayoutIsUsedAgainWhileNothingChanges()
    {
        // Other tests may make code compile in between.
        Assert.Contains(Enumerable.Range(0, 100), _ => ReferenceEquals(CodeLayout.Current(), CodeLayout.Current()));
    }

    /// <summary>What the JIT compiles comes and goes all the time: the tables of native symbols are not read again for it.</summary>
    [LinuxFact]
    public unsafe void NamesOfNativeCodeSurviveCodeThatComes()
    {
        const int Length = 1 << 20;

        // Other tests may load a library in between.
        Assert.Contains(Enumerable.Range(0, 10), _ =>
        {
            CodeLayout before = CodeLayout.Current();
            void* code = Libc.Map(null, Length, Libc.ReadExecute, Libc.PrivateAnonymous, -1, 0);
            CodeLayout after = CodeLayout.Current();
            _ = Libc.Unmap(code, Length);
            return !ReferenceEquals(before, after) && ReferenceEquals(before.NativeNames, after.NativeNames);
        });
    }

    [LinuxFact]
    public void MemoryThatIsNoCodeDoesNotCount()
    {
        long? before = ExecutableMemory.Size();

        Assert.True(before > 0);
        Assert.Equal(12 + 345, ExecutableMemory.Value("Name:\tx\nVmExe:\t      12 kB\n"u8, "\nVmExe:"u8) + ExecutableMemory.Value("VmExe:\t 12 kB\nVmLib:\t345 kB\n"u8, "\nVmLib:"u8));
        Assert.Null(ExecutableMemory.Value("Name:\tx\n"u8, "\nVmExe:"u8));
    }
}

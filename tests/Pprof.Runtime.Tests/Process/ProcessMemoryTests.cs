using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

public unsafe class ProcessMemoryTests
{
    [LinuxFact]
    public void WhatIsMappedIsRead()
    {
        ulong secret = 0x0123456789abcdef;

        Assert.True(ProcessMemory.TryRead((nuint)(&secret), out nuint word));
        Assert.Equal(secret, word);
    }

    [LinuxFact]
    public void WhatIsNotMappedIsNotRead()
    {
        foreach (nuint address in (nuint[])[0, 8, nuint.MaxValue, nuint.MaxValue - 8, nuint.MaxValue >> 1])
        {
            Assert.False(ProcessMemory.TryRead(address, out _));
            Assert.False(ProcessMemory.TryReadFile(address, new byte[8]));
        }
    }

    [LinuxFact]
    public void AReadAcrossTheEndOfARegionFails()
    {
        ProcessMap map = ProcessMap.Read();
        ProcessMapRegion region = map.Regions.First(
            r => r is { IsReadable: true, Path: not "" } && map.Find(r.Limit) is null && !r.Path.StartsWith("[v", StringComparison.Ordinal));

        Assert.True(ProcessMemory.TryRead(region.Limit - 8, new byte[8]));
        Assert.False(ProcessMemory.TryRead(region.Limit - 8, new byte[16]));
        Assert.False(ProcessMemory.TryReadFile(region.Limit - 8, new byte[16]));
    }

    [LinuxFact]
    public void TheFileReadsTheSameMemory()
    {
        byte[] bytes = [1, 2, 3, 4, 5];
        byte[] read = new byte[5];
        fixed (byte* address = bytes)
        {
            Assert.True(ProcessMemory.TryReadFile((nuint)address, read));
        }

        Assert.Equal(bytes, read);
    }
}

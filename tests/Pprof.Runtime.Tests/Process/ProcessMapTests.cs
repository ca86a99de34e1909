using System.Runtime.InteropServices;
using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

public class ProcessMapTests
{
    private static readonly byte[] s_maps =
        """
        00400000-00452000 r-xp 00001000 08:02 173521      /usr/bin/dbus daemon
        00651000-00652000 r--p 00051000 08:02 173521      /usr/bin/dbus daemon
        00e03000-00e24000 rw-p 00000000 00:00 0           [heap]
        7f0000000000-7f0000001000 ---p 00000000 00:00 0 
        7f0000001000-7f0000002000 r-xs 000b1000 00:01 1134                       /memfd:doublemapper (deleted)
        nonsense
        ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
        """u8.ToArray();

    [Fact]
    public void EveryFieldOfALineIsRead()
    {
        ProcessMap map = ProcessMap.Parse(s_maps);

        Assert.Equal(6, map.Regions.Count);
        ProcessMapRegion program = map.Regions[0];
        Assert.Equal((nuint)0x400000, program.Start);
        Assert.Equal((nuint)0x452000, program.Limit);
        Assert.Equal(0x1000UL, program.Offset);
        Assert.Equal(173521UL, program.Inode);
        Assert.Equal("/usr/bin/dbus daemon", program.Path);
        Assert.True(program is { IsReadable: true, IsWritable: false, IsExecutable: true });
        Assert.Equal("[heap]", map.Regions[2].Path);
        Assert.Equal("", map.Regions[3].Path);
        Assert.True(map.Regions[3] is { IsReadable: false, IsWritable: false, IsExecutable: false });
        Assert.Equal("/memfd:doublemapper", map.Regions[4].Path);
        Assert.Equal(unchecked((nuint)0xffffffffff600000), map.Regions[5].Start);
    }

    [Fact]
    public void RegionsOfOneFileShareTheirPath()
    {
        ProcessMap map = ProcessMap.Parse(s_maps);

        Assert.Same(map.Regions[0].Path, map.Regions[1].Path);
    }

    [Theory]
    [InlineData(0x3fffff, -1)]
    [InlineData(0x400000, 0)]
    [InlineData(0x451fff, 0)]
    [InlineData(0x452000, -1)]
    [InlineData(0xe03000, 2)]
    [InlineData(0x7f0000001fff, 4)]
    [InlineData(0x7f0000002000, -1)]
    [InlineData(-1, -1)]
    public void AnAddressIsFoundInTheRegionThatHoldsIt(long address, int expected)
    {
        Assert.Equal(expected, ProcessMap.Parse(s_maps).IndexOf((nuint)address));
    }

    [LinuxFact]
    public unsafe void TheProcessFindsItsOwnStackAndLibraries()
    {
        int local = 0;
        ProcessMap map = ProcessMap.Read();

        ProcessMapRegion? stack = map.Find((nuint)(&local));
        Assert.True(stack is { IsReadable: true, IsWritable: true, IsExecutable: false });
        ProcessMapRegion? library = map.Find((nuint)NativeLibrary.GetExport(NativeLibrary.Load("libc"), "getpid"));
        Assert.True(library is { IsReadable: true, IsWritable: false, IsExecutable: true });
        Assert.Contains("libc", Path.GetFileName(library.Path));
    }
}

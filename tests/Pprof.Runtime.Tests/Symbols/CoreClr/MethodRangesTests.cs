using Pprof.Symbols.CoreClr;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols.CoreClr;

public class MethodRangesTests
{
    [Fact]
    public void OnlyWhatWasSeenOfAMethodIsKnown()
    {
        var ranges = new MethodRanges();
        ranges.Add(0x2000, 0x2010);
        ranges.Add(0x1000, 0x1000);
        ranges.Add(0x3000, 0x3040);
        ranges.Add(0x2000, 0x2008);

        Assert.Equal((true, 0x2000), Find(0x2010));
        Assert.Equal((true, 0x2000), Find(0x2000));
        Assert.Equal((true, 0x1000), Find(0x1000));
        Assert.Equal((false, 0), Find(0x2011));
        Assert.Equal((false, 0), Find(0x1001));
        Assert.Equal((false, 0), Find(0xfff));

        ranges.Add(0x2000, 0x2020);
        Assert.Equal((true, 0x2000), Find(0x2011));

        (bool, int) Find(nuint address) => (ranges.TryFindStart(address, out nuint start), (int)start);
    }
}

using Pprof.Symbols;
using Xunit;

namespace Pprof.Runtime.Tests.Symbols;

public class FrameSymbolCacheTests
{
    [Fact]
    public void NeverHoldsMoreThanItsCapacity()
    {
        var cache = new FrameSymbolCache(capacity: 3);
        for (int i = 0; i < 10; i++)
        {
            cache.Add((nuint)i, new FrameSymbol($"f{i}"));
        }

        Assert.Equal("f9", cache.Find(9)?.Name);
        Assert.InRange(Enumerable.Range(0, 10).Count(i => cache.Find((nuint)i) is not null), 1, 3);
    }
}

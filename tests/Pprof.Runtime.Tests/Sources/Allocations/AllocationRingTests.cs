using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

public sealed class AllocationRingTests
{
    [Fact]
    public void ASizeIsInItsClass()
    {
        for (ulong size = 8; size < 1UL << 40; size += 1 + (size / 7))
        {
            int sizeClass = AllocationRing.ClassOf(size);
            Assert.True(AllocationRing.SizeOf(sizeClass) <= size && size < AllocationRing.SizeOf(sizeClass + 1), $"{size} is not in class {sizeClass}");
        }
    }
}

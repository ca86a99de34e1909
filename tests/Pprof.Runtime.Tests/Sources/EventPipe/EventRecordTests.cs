using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

public sealed class EventRecordTests
{
    [Fact]
    public void ReturnAddressesBecomeAddressesInsideTheCalls()
    {
        nuint[] buffer = new nuint[2];

        Assert.Equal([0x0f, 0x1f, 0x2f], EventRecord.Frames([0x10, 0x20, 0x30], ref buffer).ToArray());
        nuint[] grown = buffer;
        Assert.Equal([0x3f], EventRecord.Frames([0x40], ref buffer).ToArray());
        Assert.Same(grown, buffer);
    }
}

using Pprof.Runtime.Tests.Symbols;
using Pprof.Sources.Waits;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Waits;

public sealed class LockHoldersTests
{
    [Fact]
    public void AHolderHasTheAddressWhereItTookTheLock()
    {
        nuint address = RecordedStack.Of(static () => RecordedStack.Capture()).Callers[0];

        Assert.Equal((long)address, new LockHolders().LabelsOf(address).Find(HolderLabels.Key)!.Value.Number);
        Assert.Null(new LockHolders().LabelsOf(0).Find(HolderLabels.Key));
    }
}

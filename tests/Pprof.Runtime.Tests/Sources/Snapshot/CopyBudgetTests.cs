using Pprof.Sources.Snapshot;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

public sealed class CopyBudgetTests
{
    private const long Megabyte = 1 << 20;

    [Theory]
    [InlineData(100, 81, false)]
    [InlineData(100, 82, true)]
    [InlineData(1000, 345, false)]
    [InlineData(1000, 346, true)]
    [InlineData(1000, -5, false)]
    public void ACopyIsMadeWhereThereIsRoomForIt(long resident, long free, bool isMade)
    {
        Exception? refusal = Record.Exception(() => CopyBudget.CheckBefore(free * Megabyte, resident * Megabyte));

        Assert.Equal(isMade, refusal is null);
        Assert.True(isMade || (refusal is SnapshotException && refusal.Message.Contains("memory.oom.group", StringComparison.Ordinal)));
    }

    [Fact]
    public void ACopyIsGivenUpBeforeTheLastIsUsed()
    {
        CopyBudget.Check(100 * Megabyte);
        Assert.Throws<SnapshotException>(static () => CopyBudget.Check(20 * Megabyte));
    }
}

using Pprof.Collectors.Goroutine;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Goroutine;

public sealed class DeadlocksTests
{
    private readonly WaitGraph _waits = new();

    [Fact]
    public void ThreadsThatWaitForEachOtherAreNamedOnce()
    {
        Add(holder: 2, 1);
        Add(holder: 3, 2);
        Add(holder: 1, 3);

        Assert.Equal([1, 2, 3], Assert.Single(Deadlocks.Of(_waits)).Select(static step => step.Thread));
    }

    [Fact]
    public void WhoWaitsForThreadsOfACircleIsNotPartOfIt()
    {
        Add(holder: 7, 5);
        Add(holder: 8, 7, 1, 2);
        Add(holder: 7, 8);

        Assert.Equal([7, 8], Assert.Single(Deadlocks.Of(_waits)).Select(static step => step.Thread));
    }

    [Fact]
    public void AWayThatEndsIsNone()
    {
        Add(holder: 2, 1);
        Add(holder: 3, 2);
        Add(holder: null, 3);

        Assert.Empty(Deadlocks.Of(_waits));
    }

    [Fact]
    public void OneThatGivesUpSomeTimeIsNone()
    {
        Add(holder: 2, 1);
        _waits.Locks.Add(new ContendedLock("Lock", 9, "", 1, [new LockWaiter(2, HasTimeout: true)]));

        Assert.Empty(Deadlocks.Of(_waits));
    }

    [Fact]
    public void ATaskThatRunsOnAThreadThatWaitsForThisOneIsPartOfACircle()
    {
        _waits.TaskWaits.Add(new TaskWait(4, "N.Type.RunAsync", TaskNeed.Runs, null, null, Runner: 3, HasTimeout: false));
        Add(holder: 4, 3);

        IReadOnlyList<WaitStep> circle = Assert.Single(Deadlocks.Of(_waits));

        Assert.Equal([3, 4], circle.Select(static step => step.Thread));
        Assert.NotNull(circle[1].Task);
    }

    [Fact]
    public void OneThatWaitsForWhatOnlyItCanGoOnWithIsACircleOfItsOwn()
    {
        _waits.TaskWaits.Add(new TaskWait(4, "N.Type.RunAsync", TaskNeed.OneThread, null, null, Runner: 4, HasTimeout: false));
        _waits.TaskWaits.Add(new TaskWait(5, "N.Type.RunAsync", TaskNeed.OneThread, null, null, Runner: 4, HasTimeout: false));
        _waits.TaskWaits.Add(new TaskWait(6, "N.Type.RunAsync", TaskNeed.OneThread, null, null, Runner: 6, HasTimeout: true));

        Assert.Equal(4, Assert.Single(Assert.Single(Deadlocks.Of(_waits))).Thread);
    }

    private void Add(int? holder, params int[] waiters) =>
        _waits.Locks.Add(new ContendedLock("Monitor", _waits.Locks.Count, "object", holder, [.. waiters.Select(static waiter => new LockWaiter(waiter, HasTimeout: false))]));
}

using Pprof.Collectors.ThreadCreate;
using Pprof.Process;
using Pprof.Profiles;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.ThreadCreate;

/// <summary>Threads of which the system's id is asked for, with answers that come late or are those of another thread.</summary>
public sealed class CreatedThreadsTests
{
    private const long Id = 0x7000;

    // Of no thread: above PID_MAX_LIMIT.
    private const int SystemId = (1 << 22) + 1;

    private readonly Dictionary<long, int> _systemIds = [];
    private readonly CreatedThreads _threads;

    public CreatedThreadsTests()
    {
        _threads = new CreatedThreads(id => _systemIds.TryGetValue(id, out int systemId) ? systemId : null);
    }

    [Fact]
    public void ThreadIsCountedFromItsAnnouncementOnAndOnce()
    {
        _threads.Creating(Id, [10]);
        Assert.Equal(1, _threads.Total);
        Assert.Equal([(10u, 1L)], Created());

        _systemIds[Id] = SystemId;

        Assert.Equal([(10u, 1L)], Created());
    }

    [Fact]
    public void ThreadThatWasNeverSeenIsCountedWhenItsIdIsTakenAgain()
    {
        _threads.Creating(Id, [10]);
        _threads.Creating(Id, [20]);
        _systemIds[Id] = SystemId;

        Assert.Equal([(10u, 1L), (20u, 1L)], Created());
    }

    [Fact]
    public void ThreadWhoseSystemIdWasThatOfItsSuccessorIsCountedApart()
    {
        _systemIds[Id] = SystemId;
        _threads.Creating(Id, [10]);
        _threads.Creating(Id, [20]);

        Assert.Equal([(10u, 1L), (20u, 1L)], Created());
    }

    [Fact]
    public void ThreadThatEndedInAWatchDoesNotGiveItsStackToWhoHasItsIdLater()
    {
        _threads.Creating(Id, [10]);
        _threads.Unwatched();
        int self = SystemThreads.Read().First();
        _systemIds[Id] = self;
        _threads.Listed([self]);

        Assert.Equal(2, _threads.Total);
        Assert.Equal([(10u, 1L)], Created());
    }

    [Fact]
    public void TheCreatorOfAThreadIsKnownUntilItHasEnded()
    {
        _threads.Creating(Id, [10, 20]);
        Assert.Empty(_threads.CreatorOf(SystemId));
        _systemIds[Id] = SystemId;
        _threads.FindAnnounced();

        Assert.Equal([10u, 20u], _threads.CreatorOf(SystemId));

        _systemIds[Id] = SystemId + 1;

        Assert.Empty(_threads.CreatorOf(SystemId));
    }

    /// <summary>Each question for the id of a thread is a call of the system, under the lock that the reader of events needs.</summary>
    [Fact]
    public void CreatorsOfManyThreadsAreNotLookedForAmongAllThatAreAnnounced()
    {
        int asked = 0;
        var threads = new CreatedThreads(_ =>
        {
            asked++;
            return null;
        });
        for (int i = 0; i < 100; i++)
        {
            threads.Creating(Id + i, [10]);
        }

        asked = 0;
        threads.FindAnnounced();
        for (int i = 0; i < 100; i++)
        {
            Assert.Empty(threads.CreatorOf(SystemId + i));
        }

        Assert.Equal(100, asked);
    }

    [Fact]
    public void ThreadThatLivesWhenAWatchEndsKeepsItsStack()
    {
        _threads.Creating(Id, [10]);
        _systemIds[Id] = SystemId;
        _threads.Unwatched();
        _systemIds.Clear();

        Assert.Equal([(10u, 1L)], Created());
        Assert.Equal(1, _threads.Total);
    }

    [Fact]
    public void ThreadThatTheSystemListedFirstGetsItsStack()
    {
        _threads.Listed(SystemThreads.Read());
        long total = _threads.Total;
        _systemIds[Id] = Environment.ProcessId;

        _threads.Creating(Id, [10]);

        Assert.Equal(total, _threads.Total);
        Assert.Contains((10u, 1L), Created());
    }

    [Fact]
    public void ThreadThatEndedWhileItsEventWasUnderWayIsCountedOnce()
    {
        _threads.Creating(Id, [10]);

        // It was in the list, and is not any more.
        _threads.Listed([SystemId]);

        Assert.Equal(1, _threads.Total);
    }

    private (uint Frame, long Count)[] Created()
    {
        _threads.Listed([]);
        var samples = new SampleTable(1);
        _threads.CopyTo(samples);
        return [.. Enumerable.Range(0, samples.Count)
            .Where(i => samples.Stack(i)[0] is not (nuint)PseudoFrame.UntrackedThread)
            .Select(i => ((uint)samples.Stack(i)[0], samples.Values(i)[0]))
            .Order()];
    }
}

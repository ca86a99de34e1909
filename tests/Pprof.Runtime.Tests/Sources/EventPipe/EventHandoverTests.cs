using System.Diagnostics;
using System.Diagnostics.Tracing;
using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>
/// Events of an old session and of its successor, in milliseconds from the moment at which the new session was open. A
/// letter is the content. <c>a10</c> is an event of thread 1, <c>2.a10</c> of thread 2, <c>#7=10</c> mark 7. In the new
/// session <c>+</c> says that the old one has delivered the event, <c>-</c> that it has not.
/// </summary>
public sealed class EventHandoverTests
{
    private const int Thread = 1;

    // Longer than the sessions run side by side.
    private const long LongBefore = -1000;

    private readonly EventHandover _handover = new();
    private readonly long _beforeOpen = Stopwatch.GetTimestamp();
    private long _afterOpen;

    [Theory]
    // The old session's copies come first.
    [InlineData("a0 b10 c20", "a1+ b11+ c21+")]
    // The new session's copies come first.
    [InlineData("a1 b11 c21", "a0+ b10+ c20+")]
    // The same without content to tell them apart.
    [InlineData("a0 a10 a20", "a1+ a11+ a21+")]
    [InlineData("a1 a11 a21", "a0+ a10+ a20+")]
    // What only one of the sessions has.
    [InlineData("a0", "a1+ a2-")]
    [InlineData("a0 b10", "a1+")]
    [InlineData("a0", "a1+ b11- a21-")]
    [InlineData("", "a1-")]
    // Not between its neighbours: b has been since.
    [InlineData("a0", "b1- a2-")]
    // A thread may be off the processor between its two copies for long.
    [InlineData("a0", "a900+")]
    [InlineData("a900", "a0+")]
    // Another thread's.
    [InlineData("a0", "2.a1-")]
    [InlineData("a0 2.a1", "2.a2+ a3+")]
    public void CopyHasTheSameContentBetweenTheSameNeighbours(string old, string @new) => Check(old, @new);

    [Theory]
    // The later candidate is nearer, but it is the next event's, from which it is not taken away.
    [InlineData("a0 a4", "a3+ a5+")]
    // The earlier one is nearer, and the later one is left alone.
    [InlineData("a0 a4", "a1+ a3+")]
    // It is not given to an event with another content, nor to the one after that.
    [InlineData("a0 a4", "a3+ b5- a6-")]
    // It is given once.
    [InlineData("a0 a4", "a3+ a5+ a6-")]
    // A later candidate that was the only one is nobody else's.
    [InlineData("a4", "a3+ a5-")]
    public void LaterOfTwoCandidatesIsOnlyBorrowedWhileTheOrderIsUnknown(string old, string @new) => Check(old, @new);

    [Theory]
    // Old first: a copy in the old session is never later.
    [InlineData("#1=0 a10", "#1=1 a9- a11+")]
    [InlineData("#1=0 a10 a14", "#1=1 a13+ a15+")]
    [InlineData("#1=0 a10 a14", "#1=1 a11+ b12- a15+")]
    [InlineData("#1=0 a10", "#1=0 a9- a11+")]
    // New first: it is never earlier.
    [InlineData("#1=1 a10", "#1=0 a11-")]
    [InlineData("#1=1 a10", "#1=0 a9+ a11-")]
    [InlineData("#1=1 a10 a14", "#1=0 a11+ a15-")]
    // A candidate that was borrowed before the mark does not count after it.
    [InlineData("a0 a4 #1=5", "a3+ #1=4 a6-")]
    // A mark that only one of them has says nothing.
    [InlineData("#1=1 a10", "#2=0 a11+")]
    [InlineData("a10", "#1=0 a11+")]
    public void MarkInBothSaysWhichCopyComesFirst(string old, string @new) => Check(old, @new);

    [Theory]
    // It may have no copy: the new session was not open yet.
    [InlineData("a-1000", "a-940-")]
    [InlineData("a-1000", "a1-")]
    [InlineData("a-940", "a-1000-")]
    // The two may have been written while it opened.
    [InlineData("a-1000", "a-960+")]
    [InlineData("a-960", "a-1000+")]
    [InlineData("#1=0 a-1000 a0", "#1=1 a-940- a1+")]
    public void EventOfBeforeTheNewSessionWasOpenIsACopyOnlyWhenItIsNear(string old, string @new) => Check(old, @new);

    [Fact]
    public void WhileTheNewSessionIsNotOpenOnlyANearEventIsACopy()
    {
        _afterOpen = _beforeOpen;
        Deliver("a0 b10");

        Expect("a40+ b70-");
    }

    /// <summary>
    /// Five events of two contents, of which the first happened long before the new session was open and the last after
    /// the old one had ended, in both orders, with and without a mark that tells the order.
    /// </summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(-1, false)]
    [InlineData(-1, true)]
    public void EveryEventIsCountedOnceInWhateverOrder(int newAfterOld, bool isMarked)
    {
        const int Events = 5;
        for (int contents = 0; contents < 1 << Events; contents++)
        {
            for (int onlyOld = 0; onlyOld <= Events; onlyOld++)
            {
                for (int onlyNew = 0; onlyNew <= Events - onlyOld; onlyNew++)
                {
                    var old = new List<string>();
                    var @new = new List<string>();
                    if (isMarked)
                    {
                        old.Add("#1=0");
                        @new.Add($"#1={newAfterOld}");
                    }

                    for (int i = 0; i < Events; i++)
                    {
                        char content = (contents & (1 << i)) == 0 ? 'a' : 'b';
                        long time = (i < onlyOld ? LongBefore : 0) + (10 * (i + 1));
                        bool isOver = i >= Events - onlyNew;
                        if (!isOver)
                        {
                            old.Add($"{content}{time}");
                        }

                        if (i >= onlyOld)
                        {
                            @new.Add($"{content}{time + newAfterOld}{(isOver ? '-' : '+')}");
                        }
                    }

                    new EventHandoverTests().Check(string.Join(' ', old), string.Join(' ', @new));
                }
            }
        }
    }

    [Fact]
    public void ContentIsProviderIdPayloadAndStack()
    {
        Guid provider = Guid.NewGuid();
        _handover.Open();
        long now = Stopwatch.GetTimestamp();
        _handover.Delivered(Event(now, provider, 1, [1, 2], [10, 20]));

        Assert.False(_handover.WasDelivered(Event(now - 1, Guid.NewGuid(), 1, [1, 2], [10, 20])));
        Assert.False(_handover.WasDelivered(Event(now - 1, provider, 2, [1, 2], [10, 20])));
        Assert.False(_handover.WasDelivered(Event(now - 1, provider, 1, [1, 3], [10, 20])));
        Assert.False(_handover.WasDelivered(Event(now - 1, provider, 1, [1, 2], [10, 21])));
        Assert.True(_handover.WasDelivered(Event(now - 1, provider, 1, [1, 2], [10, 20])));
    }

    [Fact]
    public void HandoverIsOverASecondAfterTheLastEventThatWasDelivered()
    {
        Assert.True(_handover.IsOver(_beforeOpen));

        _handover.Delivered(Event(_beforeOpen + 100, Guid.Empty, 1, [], []));
        _handover.Delivered(Event(_beforeOpen + 50, Guid.Empty, 1, [], []));

        Assert.False(_handover.IsOver(_beforeOpen + 100 + Stopwatch.Frequency));
        Assert.True(_handover.IsOver(_beforeOpen + 101 + Stopwatch.Frequency));
    }

    private void Check(string old, string @new)
    {
        _handover.Open();
        _afterOpen = Stopwatch.GetTimestamp();
        Deliver(old);
        Expect(@new);
    }

    private void Deliver(string events)
    {
        foreach (string text in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Mark(text) is { } mark)
            {
                _handover.DeliveredMark(mark.Number, mark.Timestamp);
            }
            else
            {
                _handover.Delivered(Event(text));
            }
        }
    }

    private void Expect(string events)
    {
        foreach (string text in events.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Mark(text) is { } mark)
            {
                _handover.Mark(mark.Number, mark.Timestamp);
            }
            else
            {
                Assert.True(
                    _handover.WasDelivered(Event(text[..^1])) == text.EndsWith('+'), $"{text} in {events}");
            }
        }
    }

    private (long Number, long Timestamp)? Mark(string text) =>
        text.StartsWith('#') && text[1..].Split('=') is [string number, string time] ? (long.Parse(number), At(long.Parse(time))) : null;

    private RuntimeEvent Event(string text)
    {
        int dot = text.IndexOf('.');
        return Event(
            At(long.Parse(text[(dot + 2)..])), Guid.Empty, 1, [(byte)text[dot + 1]], [], dot < 0 ? Thread : int.Parse(text[..dot]));
    }

    private long At(long milliseconds) => (milliseconds < 0 ? _beforeOpen : _afterOpen) + (milliseconds * (Stopwatch.Frequency / 1000));

    private static RuntimeEvent Event(
        long timestamp, Guid provider, int id, byte[] payload, nuint[] stack, int thread = Thread) => new()
        {
            ProviderId = provider,
            Id = id,
            Keywords = 1,
            Level = EventLevel.Informational,
            SystemId = thread,
            Timestamp = timestamp,
            Payload = payload,
            Frames = stack,
        };
}

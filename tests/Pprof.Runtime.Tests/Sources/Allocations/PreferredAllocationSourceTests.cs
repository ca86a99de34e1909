using Pprof.Sources.Allocations;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.Allocations;

/// <summary>Which of two sources sees a window, whatever happens at a time.</summary>
public sealed class PreferredAllocationSourceTests
{
    private readonly KnownSource _preferred = new();
    private readonly KnownSource _other = new();
    private readonly PreferredAllocationSource _source;

    public PreferredAllocationSourceTests() => _source = new PreferredAllocationSource(_preferred, _other);

    /// <summary>A client hangs up while its window opens: the window is closed before it is known who sees it.</summary>
    [Fact]
    public async Task AWindowThatIsClosedWhileItOpensLeavesNothingOpen()
    {
        _preferred.Failed = "refused";
        _preferred.Opening = new TaskCompletionSource();
        var window = new AllocationWindow();

        Task opened = _source.OpenAsync(window);
        await _source.CloseAsync(window);
        _preferred.Opening.SetResult();
        await opened;

        Assert.Equal((0, 0, true), (_preferred.Windows, _other.Windows, _preferred.MayBegin));
    }

    /// <summary>Two windows open at nearly the same time, and the client of one hangs up: what the other sees stays.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AWindowThatIsClosedWhileItOpensClosesNoOther(bool isFirstClosed)
    {
        _preferred.Failed = "refused";
        _preferred.Opening = new TaskCompletionSource();
        var closed = new AllocationWindow();
        var kept = new AllocationWindow();

        Task[] opened = isFirstClosed
            ? [_source.OpenAsync(closed), _source.OpenAsync(kept)]
            : [_source.OpenAsync(kept), _source.OpenAsync(closed)];
        Task closing = _source.CloseAsync(closed);
        _preferred.Opening.SetResult();
        await Task.WhenAll([.. opened, closing]);

        Assert.Equal((0, 1, 1), (_preferred.Windows, _other.Windows, _other.Least));
        await _source.CloseAsync(kept);
        Assert.Equal((0, 0), (_preferred.Windows, _other.Windows));
    }

    /// <summary>One window is open, and another is closed before it is: the first is not closed in its place.</summary>
    [Fact]
    public async Task AnOpenWindowIsNotClosedInPlaceOfOneThatOpens()
    {
        _preferred.Failed = "refused";
        var open = new AllocationWindow();
        await _source.OpenAsync(open);
        _preferred.Opening = new TaskCompletionSource();
        _other.Opening = new TaskCompletionSource();
        var second = new AllocationWindow();

        Task opened = _source.OpenAsync(second);
        await _source.CloseAsync(second);
        _preferred.Opening.SetResult();
        _other.Opening.SetResult();
        await opened;

        Assert.Equal((0, 1, 1), (_preferred.Windows, _other.Windows, _other.Least));
    }

    /// <summary>While one window is seen by the other, what the preferred would see too would count twice.</summary>
    [Fact]
    public async Task ThePreferredDoesNotBeginWhileTheOtherSeesAWindow()
    {
        _preferred.Failed = "refused";
        AllocationWindow[] windows = [new(), new(), new()];
        await _source.OpenAsync(windows[0]);
        _preferred.Failed = null;

        await _source.OpenAsync(windows[1]);

        Assert.Equal((0, 2, false), (_preferred.Windows, _other.Windows, _preferred.MayBegin));
        Assert.Equal("refused", _source.Coverage.LiveUnknown);

        await _source.CloseAsync(windows[0]);
        Assert.False(_preferred.MayBegin);
        await _source.CloseAsync(windows[1]);
        Assert.True(_preferred.MayBegin);
        await _source.OpenAsync(windows[2]);
        Assert.Equal((1, 0), (_preferred.Windows, _other.Windows));
        Assert.Null(_source.Coverage.LiveUnknown);
    }

    /// <summary>The preferred has begun for somebody else at the moment when a window was refused: nothing is seen twice.</summary>
    [Fact]
    public async Task APreferredThatHasBegunMeanwhileSeesTheWindow()
    {
        _preferred.Failed = "refused";
        _preferred.Closing = () => _preferred.Failed = null;
        var window = new AllocationWindow();

        await _source.OpenAsync(window);

        Assert.Equal((1, 0, true), (_preferred.Windows, _other.Windows, _preferred.MayBegin));
    }

    /// <summary>Until the other has ended in full, it sees what the preferred would see too.</summary>
    [Fact]
    public async Task ThePreferredBeginsWhenTheOtherHasEnded()
    {
        _preferred.Failed = "refused";
        var window = new AllocationWindow();
        await _source.OpenAsync(window);
        _other.Closed = new TaskCompletionSource();

        Task closing = _source.CloseAsync(window);
        bool mayBeginBefore = _preferred.MayBegin;
        _other.Closed.SetResult();
        await closing;

        Assert.Equal((false, true), (mayBeginBefore, _preferred.MayBegin));
    }

    private sealed class KnownSource : AllocationSource
    {
        public string? Failed { get; set; }

        public TaskCompletionSource? Opening { get; set; }

        public TaskCompletionSource? Closed { get; set; }

        public Action? Closing { get; set; }

        public int Windows { get; private set; }

        /// <summary>The fewest windows since the first was opened.</summary>
        public int Least { get; private set; } = int.MaxValue;

        public override string? UnsupportedReason => null;

        public override string? Failure => Failed;

        public override AllocationCoverage Coverage { get; } = new();

        public override void Start()
        {
        }

        public override Task OpenAsync(AllocationWindow window)
        {
            Windows++;
            Least = Math.Min(Least, Windows);
            return Opening?.Task ?? Task.CompletedTask;
        }

        public override Task CloseAsync(AllocationWindow window)
        {
            Windows--;
            Least = Math.Min(Least, Windows);
            Closing?.Invoke();
            return Closed?.Task ?? Task.CompletedTask;
        }

        public override Task<bool> FlushAsync() => Task.FromResult(true);
    }
}

using System.Diagnostics;
using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

/// <summary>Delays and continuations on threads of the package.</summary>
public sealed class OwnClockTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(50)]
    public async Task DelayIsNeverTooShort(int milliseconds)
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);
        long start = Stopwatch.GetTimestamp();
        await OwnClock.DelayAsync(duration, CancellationToken.None);

        Assert.True(Stopwatch.GetElapsedTime(start) >= duration);
    }

    [Fact]
    public async Task ShorterDelayThatComesLaterEndsFirst()
    {
        using var cancellation = new CancellationTokenSource();
        Task longer = OwnClock.DelayAsync(TimeSpan.FromHours(1), cancellation.Token);
        await OwnClock.DelayAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None).WaitAsync(s_hang);

        Assert.False(longer.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => longer.WaitAsync(s_hang));
    }

    [Fact]
    public async Task WhatIsAwaitedThereGoesOnThere()
    {
        var names = new TaskCompletionSource<string?[]>();
        OwnPool.Instance.Run(async () =>
        {
            string? first = Thread.CurrentThread.Name;
            await OwnClock.DelayAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            string? second = Thread.CurrentThread.Name;
            var later = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ = Task.Run(later.SetResult);
            using var cancellation = new CancellationTokenSource();
            await later.Task.OrCanceledAsync(cancellation.Token);
            names.SetResult([first, second, Thread.CurrentThread.Name]);
        });

        Assert.All(await names.Task.WaitAsync(s_hang), static name => Assert.Equal("pprof work", name));
    }

    [Fact]
    public async Task ThreadThatWaitsForItsOwnContinuationDoesNotWaitForEver()
    {
        var done = new TaskCompletionSource();
        OwnPool.Instance.Run(() =>
        {
            DelayTwiceAsync().GetAwaiter().GetResult();
            done.SetResult();
            return Task.CompletedTask;
        });

        await done.Task.WaitAsync(s_hang);

        static async Task DelayTwiceAsync()
        {
            await OwnClock.DelayAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            await OwnClock.DelayAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        }
    }

    [Fact]
    public async Task WaitThatIsCancelledLeavesTheTask()
    {
        using var cancellation = new CancellationTokenSource();
        var task = new TaskCompletionSource<int>();
        Task<int> wait = task.Task.OrCanceledAsync(cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(s_hang));
        task.SetResult(1);
        Assert.Equal(1, await task.Task.OrCanceledAsync(CancellationToken.None));
    }
}

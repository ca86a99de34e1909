using Pprof.Process;
using Xunit;

namespace Pprof.Runtime.Tests.Process;

/// <summary>Waiting for something that may come too late.</summary>
public sealed class CancellableWaitTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task WhatDoesNotCompleteIsNotWaitedFor() =>
        Assert.False(await new TaskCompletionSource().Task.WithinAsync(TimeSpan.FromMilliseconds(1)).WaitAsync(s_hang));

    [Fact]
    public async Task WhatCompletesWhileThePatienceEndsIsNoFailure()
    {
        var late = new LateCompletion();
        Assert.True(await late.WithinAsync().WaitAsync(s_hang));
    }

    [Fact]
    public async Task WhatFailsWhileThePatienceEndsSaysWhy()
    {
        var late = new LateCompletion(new InvalidOperationException());
        await Assert.ThrowsAsync<InvalidOperationException>(() => late.WithinAsync().WaitAsync(s_hang));
    }

    [Fact]
    public async Task WhoeverCancelsIsTold()
    {
        using var cancellation = new CancellationTokenSource();
        Task<bool> wait = new TaskCompletionSource().Task.WithinAsync(s_hang, cancellation.Token);
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait.WaitAsync(s_hang));
    }

    /// <summary>Completes after the patience is over and before the one who waits has seen that.</summary>
    private sealed class LateCompletion(Exception? failure = null) : SynchronizationContext
    {
        private readonly TaskCompletionSource _task = new();
        private int _posts;

        public Task<bool> WithinAsync()
        {
            SynchronizationContext? before = Current;
            SetSynchronizationContext(this);
            try
            {
                return _task.Task.WithinAsync(TimeSpan.FromMilliseconds(200));
            }
            finally
            {
                SetSynchronizationContext(before);
            }
        }

        // The time is over, whoever waited for that goes on and cancels, and the wait is over: the third.
        public override void Post(SendOrPostCallback d, object? state)
        {
            if (Interlocked.Increment(ref _posts) == 3)
            {
                _ = failure is null ? _task.TrySetResult() : _task.TrySetException(failure);
            }

            base.Post(d, state);
        }
    }
}

using Pprof.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>Many who look at one profile at a time share a snapshot, which is not older than their request.</summary>
public sealed class SharedBodyTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task WhoAskWhileASnapshotIsTakenShareTheNext()
    {
        var first = new TaskCompletionSource();
        int made = 0;
        var body = new SharedBody(async _ =>
        {
            if (++made == 1)
            {
                await first.Task;
            }

            return [(byte)made];
        });

        Task<byte[]> begun = body.GetAsync(default);
        Task<byte[]>[] later = [.. Enumerable.Range(0, 40).Select(_ => body.GetAsync(default))];
        first.SetResult();

        Assert.Equal([1], await begun.WaitAsync(s_timeout));
        Assert.All(await Task.WhenAll(later).WaitAsync(s_timeout), static bytes => Assert.Equal([2], bytes));
        Assert.Equal([3], await body.GetAsync(default).WaitAsync(s_timeout));
    }

    [Fact]
    public async Task FailureIsThatOfAllWhoAskedAndOfNobodyElse()
    {
        int made = 0;
        var body = new SharedBody(_ => ++made == 1 ? throw new IOException("no") : Task.FromResult<byte[]>([1]));

        await Assert.ThrowsAsync<IOException>(() => body.GetAsync(default));
        Assert.Equal([1], await body.GetAsync(default).WaitAsync(s_timeout));
    }

    [Fact]
    public async Task WhoHangsUpTakesNothingFromTheOthers()
    {
        var goOn = new TaskCompletionSource();
        var body = new SharedBody(async _ =>
        {
            await goOn.Task;
            return [1];
        });
        using var hangUp = new CancellationTokenSource();
        Task<byte[]> leaving = body.GetAsync(hangUp.Token);

        hangUp.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        Task<byte[]> staying = body.GetAsync(default);
        goOn.SetResult();

        Assert.Equal([1], await staying.WaitAsync(s_timeout));
    }

    [Fact]
    public async Task WhatNobodyWaitsForIsNotMade()
    {
        var ended = new TaskCompletionSource();
        int made = 0;
        var body = new SharedBody(async unwanted =>
        {
            made++;
            using CancellationTokenRegistration end = unwanted.Register(ended.SetResult);
            await ended.Task;
            unwanted.ThrowIfCancellationRequested();
            return [1];
        });
        using var hangUp = new CancellationTokenSource();
        Task<byte[]> one = body.GetAsync(hangUp.Token);
        Task<byte[]> next = body.GetAsync(hangUp.Token);

        hangUp.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        await ended.Task.WaitAsync(s_timeout);

        Assert.Equal(1, made);
    }
}

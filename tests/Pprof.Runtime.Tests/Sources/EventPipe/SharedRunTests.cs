using Pprof.Sources.EventPipe;
using Xunit;

namespace Pprof.Runtime.Tests.Sources.EventPipe;

/// <summary>Work that many ask for at a time is done once for all who asked before it began.</summary>
public sealed class SharedRunTests
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task WhoAsksWhileItRunsSharesTheNextRun()
    {
        using var running = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        int runs = 0;
        var shared = new SharedRun<int>("test", () =>
        {
            running.Release();
            goOn.Wait();
            return ++runs;
        }, static _ => -1);

        Task<int> first = shared.AskAsync();
        await running.WaitAsync(s_timeout);
        Task<int>[] later = [.. Enumerable.Range(0, 40).Select(_ => shared.AskAsync())];
        Assert.False(first.IsCompleted);
        goOn.Release(2);

        Assert.Equal(1, await first.WaitAsync(s_timeout));
        Assert.All(await Task.WhenAll(later).WaitAsync(s_timeout), static result => Assert.Equal(2, result));
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task FailureIsAResultAndTheNextRunBeginsAnew()
    {
        bool fails = true;
        var shared = new SharedRun<string>("test", () => fails ? throw new IOException("no") : "yes", static e => e.Message);

        Assert.Equal("no", await shared.AskAsync().WaitAsync(s_timeout));
        fails = false;
        Assert.Equal("yes", await shared.AskAsync().WaitAsync(s_timeout));
    }
}

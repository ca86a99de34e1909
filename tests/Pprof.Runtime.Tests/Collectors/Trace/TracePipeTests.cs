using Pprof.Collectors.Trace;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

public sealed class TracePipeTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(30);

    private readonly TracePipe _pipe = new();

    [Fact]
    public async Task WhatIsWrittenArrivesInItsOrder()
    {
        _pipe.Write(new byte[] { 1, 2 });
        _pipe.Write(new byte[] { 3 });
        _pipe.Complete();

        var output = new MemoryStream();
        await _pipe.CopyToAsync(output, CancellationToken.None);
        Assert.Equal([1, 2, 3], output.ToArray());
    }

    [Fact]
    public async Task WhoWritesWaitsWhileNobodyReads()
    {
        int written = 0;
        Task writing = Task.Factory.StartNew(Write, TaskCreationOptions.LongRunning);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref written) >= 4, s_hang));
        await Task.Delay(50);
        Assert.InRange(Volatile.Read(ref written), 4, 6);
        Assert.False(writing.IsCompleted);

        var output = new MemoryStream();
        Task reading = _pipe.CopyToAsync(output, CancellationToken.None);
        await writing.WaitAsync(s_hang);
        _pipe.Complete();
        await reading.WaitAsync(s_hang);
        Assert.Equal(20 * 1024 * 1024, output.Length);

        void Write()
        {
            for (int i = 0; i < 20; i++)
            {
                _pipe.Write(new byte[1024 * 1024]);
                Interlocked.Increment(ref written);
            }
        }
    }

    [Fact]
    public async Task WhoWritesIsToldThatNobodyReadsAnyMore()
    {
        Task writing = Task.Factory.StartNew(Write, TaskCreationOptions.LongRunning);
        await Task.Delay(50);
        _pipe.Cancel();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WaitAsync(s_hang));
        await _pipe.CopyToAsync(Stream.Null, CancellationToken.None).WaitAsync(s_hang);

        void Write()
        {
            while (true)
            {
                _pipe.Write(new byte[1024 * 1024]);
            }
        }
    }

    [Fact]
    public async Task WhoReadsIsToldThatItIsNotWhole()
    {
        Task reading = _pipe.CopyToAsync(Stream.Null, CancellationToken.None);
        _pipe.Write(new byte[] { 1 });
        _pipe.Fail(new InvalidDataException("broken"));
        _pipe.Complete();

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidDataException>(() => reading.WaitAsync(s_hang))).Message);
    }
}

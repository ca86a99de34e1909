using System.Diagnostics;
using Pprof.Collectors.Trace;
using Pprof.Encoding.Trace;
using Pprof.Encoding.Trace.Perfetto;
using Pprof.Profiles;
using Pprof.Runtime.Tests.Encoding.Trace;
using Pprof.Sources.Trace;
using Pprof.Testing;
using Xunit;
using PerfettoFile = Pprof.Testing.Perfetto.PerfettoFile;

namespace Pprof.Runtime.Tests.Collectors.Trace;

public sealed class TraceWriterTests
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly TraceQueue _runtime = new(4);
    private readonly TraceQueue _application = new(4);
    private readonly TracePipe _pipe = new();

    [Fact]
    public async Task BothQueuesAreWrittenInTheOrderOfTime()
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 1000; i++)
        {
            Say(start + (2 * i), i);
            _runtime.Add(new TraceMoment { Kind = TraceMomentKind.Lost, Thread = 0, Timestamp = start + (2 * i) + 1, Number = i }, []);
        }

        var trace = new RecordedTrace();
        await WriteAsync(trace, static () => { });

        Assert.Equal(
            Enumerable.Range(0, 1000).SelectMany(static i => new[] { $"test: {i}", $"pprof: lost {i} events" }),
            trace.Lines.Where(static line => line.StartsWith("test", StringComparison.Ordinal) || line.StartsWith("pprof", StringComparison.Ordinal))
                .Select(static line => line.Split(" events: ") is [string lost, _] ? lost + " events" : line));
    }

    /// <summary>They are read every 50 ms, and what the runtime tells can be there before.</summary>
    [Fact]
    public async Task SamplesThatComeLateAreWrittenWhereTheyBelong()
    {
        TimeSpan elapsed = default;
        RecordedTrace trace;
        do
        {
            var samples = new SampleLog();
            var inputs = new TraceInputs(new TraceQueue(4), new TraceQueue(4)) { Samples = samples };
            trace = new RecordedTrace();
            await WriteAsync(trace, inputs, new TracePipe(), () =>
            {
                long start = Stopwatch.GetTimestamp();
                inputs.Runtime.Add(new TraceMoment { Kind = TraceMomentKind.StopEnd, Thread = 1, Timestamp = start }, []);

                // Meanwhile the writer looks several times.
                Thread.Sleep(70);
                samples.Add(start - 1, 1_000_001, [1], LabelSet.Empty, periods: 1);
                elapsed = Stopwatch.GetElapsedTime(start);
            });
        }
        while (elapsed > TimeSpan.FromMilliseconds(140));

        Assert.DoesNotContain("stop ends", trace.Lines.Take(Assert.Single(trace.Samples).Line));
    }

    /// <summary>What the application says is written, and the trace ends, though the runtime's events come without end.</summary>
    [Fact]
    public async Task EventsWithoutEndHoldNothingUp()
    {
        var trace = new RecordedTrace { Delay = TimeSpan.FromMicroseconds(20) };
        bool ended = false;
        long added = 0;
        Task events = Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref ended))
                {
                    _runtime.Add(new TraceMoment { Kind = TraceMomentKind.StopEnd, Thread = 1, Timestamp = Stopwatch.GetTimestamp() }, []);
                    Interlocked.Increment(ref added);
                }
            },
            TaskCreationOptions.LongRunning);

        await WriteAsync(trace, () =>
        {
            Assert.True(SpinWait.SpinUntil(() => Interlocked.Read(ref added) > 20_000, s_hang));
            Assert.True(SpinWait.SpinUntil(() => trace.HeapSizes > 3, s_hang), "the heap's size");
        });

        Volatile.Write(ref ended, true);
        await events;
        Assert.Equal("complete", trace.Lines[^1]);
    }

    /// <summary>More than there is room for, so that some of it is lost.</summary>
    [ToolTheory(Tools.Go)]
    [InlineData(Disorder.None, 1)]
    [InlineData(Disorder.Repeated, 2)]
    [InlineData(Disorder.Truncated, 3)]
    [InlineData(Disorder.Reordered, 4)]
    [InlineData(Disorder.All, 5)]
    [InlineData(Disorder.All, 6)]
    public async Task WhateverComesAndIsLostTheTraceIsValid(Disorder disorder, int seed)
    {
        byte[] go = await WriteRandomAsync(disorder, seed, static (time, put) => new GoTrace(time, put, new NumberedFunctions()));
        using var tool = new GoToolTrace(go);
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserLog" && traced.Rest.Contains("message=lost ", StringComparison.Ordinal));
        Assert.NotEmpty((await tool.ReadWholeAsync()).Events);

        var file = new PerfettoFile(await WriteRandomAsync(disorder, seed, static (time, put) => new PerfettoTrace(time, put, new NumberedFunctions())));
        Assert.Contains(file.Of("pprof"), static said => said.Name.StartsWith("lost ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AFailureIsTheReaders()
    {
        Say(Stopwatch.GetTimestamp(), 1);

        Exception failure = await Assert.ThrowsAsync<InvalidDataException>(() => WriteAsync(new RecordedTrace { FailsAtLogs = true }, static () => { }));
        Assert.Equal("no room", failure.Message);
    }

    private void Say(long time, int number) =>
        _application.Add(new TraceMoment { Kind = TraceMomentKind.Log, Thread = 1, Timestamp = time, Text = "test", Detail = $"{number}" }, []);

    private Task WriteAsync(TraceRecorder trace, Action underWay) => WriteAsync(trace, new TraceInputs(_runtime, _application), _pipe, underWay);

    private static async Task<byte[]> WriteRandomAsync(Disorder disorder, int seed, Func<long, Action<ReadOnlyMemory<byte>>, TraceRecorder> newTrace)
    {
        var inputs = new TraceInputs(new TraceQueue(1), new TraceQueue(1, TraceMomentKind.LostOthers));
        var pipe = new TracePipe();
        var writer = new TraceWriter(inputs, pipe, newTrace);
        foreach ((TraceMoment moment, nuint[] frames) in new RandomMoments(seed, disorder).Make(16_000))
        {
            (moment.Number % 2 == 0 ? inputs.Runtime : inputs.Application).Add(moment, frames);
        }

        writer.Start();
        writer.Stop();
        using var bytes = new MemoryStream();
        await pipe.CopyToAsync(bytes, CancellationToken.None).WaitAsync(s_hang);
        await writer.Ended.WaitAsync(s_hang);
        return bytes.ToArray();
    }

    private static async Task WriteAsync(TraceRecorder trace, TraceInputs inputs, TracePipe pipe, Action underWay)
    {
        var writer = new TraceWriter(inputs, pipe, (_, _) => trace);
        writer.Start();
        try
        {
            underWay();
        }
        finally
        {
            writer.Stop();
        }

        await pipe.CopyToAsync(Stream.Null, CancellationToken.None).WaitAsync(s_hang);
        await writer.Ended.WaitAsync(s_hang);
    }
}

using System.Diagnostics;
using Pprof.Collectors;
using Pprof.Collectors.Trace;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>Traces of this process. There is one at a time.</summary>
[Collection(nameof(TraceProfileTests))]
public sealed class TraceProfileTests
{
    private static readonly ActivitySource s_activities = new("Pprof.Runtime.Tests.Trace");

    private readonly TraceProfileCollector _collector = new();

    [ToolFact(Tools.Linux)]
    public async Task WhatTheApplicationSaysIsThere()
    {
        Assert.False(PprofTrace.IsEnabled);
        RecordedTrace trace = await TraceAsync(async () =>
        {
            using (PprofTrace.Task("outer"))
            {
                await Task.Yield();
                using (PprofTrace.Task("inner"))
                using (PprofTrace.Region("part"))
                {
                    PprofTrace.Log("test", "message");
                }
            }

            using Activity? activity = s_activities.StartActivity("activity");
            activity!.DisplayName = "better name";
        });
        Assert.False(PprofTrace.IsEnabled);

        string[] lines = [.. trace.Lines.Where(static line => line.Contains("outer") || line.Contains("inner") || line.Contains("part") || line.Contains("test: ") || line.Contains("better"))];
        Assert.Matches(@"^\d+ begins outer (\d+) of 0$", lines[0]);
        string outer = lines[0].Split(' ')[3];
        Assert.Matches($@"^\d+ begins inner \d+ of {outer}$", lines[1]);
        string inner = lines[1].Split(' ')[3];
        Assert.Matches($@"^\d+ enters part of {inner}$", lines[2]);
        Assert.Equal("test: message", lines[3]);
        Assert.Matches(@"^\d+ leaves part$", lines[4]);
        Assert.Matches(@"^\d+ ends -?\d+ better name$", lines[5]);
        Assert.Equal("complete", trace.Lines[^1]);
    }

    [ToolFact(Tools.Linux)]
    public async Task WorkOfThePoolIsQueuedAndRuns()
    {
        RecordedTrace trace = await TraceAsync(static async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await Task.Run(static () => PprofTrace.Log("test", "work"));
            }
        });

        // By each of its logs: a thread that runs work.
        Assert.Equal(50, trace.Lines.Count(static line => line == "test: work"));
        Assert.True(trace.Lines.Count(static line => line.Contains(" queues ")) >= 50);
        Assert.True(trace.Lines.Count(static line => line.Contains(" runs ")) >= 50);
    }

    [ToolFact(Tools.Linux)]
    public async Task AClientThatHangsUpEndsItAndTheNextCanBegin()
    {
        using var hangUp = new CancellationTokenSource();
        Task first = _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.FromMinutes(5), Arguments, hangUp.Token);
        while (!PprofTrace.IsEnabled)
        {
            await Task.Delay(1);
        }

        await Assert.ThrowsAsync<ProfilerBusyException>(() => _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.Zero, Arguments, CancellationToken.None));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(PprofTrace.IsEnabled);
        await _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.Zero, Arguments, CancellationToken.None);
    }

    private static ProfileArguments Arguments => new(new Dictionary<string, long>());

    private static StreamOutput Output(RecordedTrace trace) => new(Stream.Null, (_, _) => trace);

    private async Task<RecordedTrace> TraceAsync(Func<Task> work)
    {
        var trace = new RecordedTrace();
        Task traced = _collector.WriteAsync(Output(trace), TimeSpan.FromSeconds(2), Arguments, CancellationToken.None);
        while (!PprofTrace.IsEnabled)
        {
            await Task.Delay(1);
        }

        await work();
        await traced;
        return trace;
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Pprof.Collectors;
using Pprof.Collectors.Trace;
using Pprof.Endpoints;
using Pprof.Process;
using Pprof.Runtime.Tests.Sources.Snapshot;
using Pprof.Sources.Trace;
using Pprof.Symbols.Managed;
using Pprof.Testing;
using Xunit;
using RunningService = Pprof.Runtime.Tests.Endpoints.RunningService;

namespace Pprof.Runtime.Tests.Collectors.Trace;

/// <summary>Traces of this process. There is one at a time.</summary>
[Measures]
[Collection(nameof(SnapshotCollection))]
public sealed class TraceProfileTests
{
    private const TraceContent AllButAsync = (TraceContent)0x7f;

    private static readonly ActivitySource s_activities = new("Pprof.Runtime.Tests.Trace");

    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(60);

    private readonly TraceProfileCollector _collector = new();

    [ToolFact(Tools.Linux)]
    public async Task WhatTheApplicationSaysIsThere()
    {
        Assert.False(PprofTrace.IsEnabled);
        string id = $"{Guid.NewGuid()}";
        RecordedTrace trace = await TraceAsync(async () =>
        {
            using (PprofTrace.Task("outer-" + id))
            {
                await Task.Yield();
                using (PprofTrace.Task("inner-" + id))
                using (PprofTrace.Region("part-" + id))
                {
                    PprofTrace.Log("test", id);
                }
            }

            using Activity? activity = s_activities.StartActivity("activity");
            activity!.DisplayName = "better " + id;
        });
        Assert.False(PprofTrace.IsEnabled);

        string[] lines = [.. trace.Lines.Where(line => line.Contains(id))];
        Assert.Matches($@"^\d+ begins outer-{id} (\d+) of 0$", lines[0]);
        string outer = lines[0].Split(' ')[3];
        Assert.Matches($@"^\d+ begins inner-{id} \d+ of {outer}$", lines[1]);
        string inner = lines[1].Split(' ')[3];
        Assert.Matches($@"^\d+ enters part-{id} of {inner}$", lines[2]);
        Assert.Equal("test: " + id, lines[3]);
        Assert.Matches($@"^\d+ leaves part-{id}$", lines[4]);
        Assert.Matches($@"^\d+ ends -?\d+ better {id}$", lines[5]);
        Assert.Equal("complete", trace.Lines[^1]);
    }

    /// <summary>What was begun in a task of an earlier trace still has its number.</summary>
    [ToolFact(Tools.Linux)]
    public async Task ATaskOfAnEarlierTraceHidesNoActivity()
    {
        string id = $"{Guid.NewGuid()}";
        ExecutionContext? context = null;
        PprofTraceTask held = default;
        await TraceAsync(() =>
        {
            held = PprofTrace.Task("held");
            context = ExecutionContext.Capture();
            return Task.CompletedTask;
        });

        RecordedTrace trace = await TraceAsync(() =>
        {
            ExecutionContext.Run(
                context!,
                _ =>
                {
                    using Activity? activity = s_activities.StartActivity("activity-" + id);
                    using (PprofTrace.Region("part-" + id))
                    using (PprofTrace.Task("new-" + id))
                    {
                    }
                },
                null);
            return Task.CompletedTask;
        });
        held.Dispose();

        string number = trace.Lines.First(line => line.Contains($" begins activity-{id} ")).Split(' ')[3];
        Assert.Contains(trace.Lines, line => line.EndsWith($" enters part-{id} of {number}", StringComparison.Ordinal));
        Assert.Contains(trace.Lines, line => line.Contains($" begins new-{id} ") && line.EndsWith($" of {number}", StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux)]
    public async Task WorkOfThePoolRunsOnTheThreadThatTookIt()
    {
        string id = $"{Guid.NewGuid()}";
        RecordedTrace trace = await TraceAsync(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await Task.Run(() => PprofTrace.Log("test", id));
            }
        });

        (int Thread, string Message, int Line)[] logs = [.. trace.Logs.Where(log => log.Message == id)];
        Assert.Equal(50, logs.Length);
        Assert.All(logs, log => Assert.StartsWith(
            $"{log.Thread} runs ",
            trace.Lines.Take(log.Line).Last(line => line == $"{log.Thread} ends" || line.StartsWith($"{log.Thread} runs ", StringComparison.Ordinal)),
            StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux)]
    public async Task SamplesOfCpuTimeAreThoseOfTheWorkThatRuns()
    {
        RecordedTrace trace = await TraceAsync(static () => Task.Run(Spin));

        ManagedSymbols symbols = ManagedSymbols.Create();
        (int Thread, nuint[] Frames, int Line)[] samples = [.. trace.Samples.Where(sample => sample.Frames.Any(frame => symbols.Resolve(frame)?.Name.EndsWith(nameof(Spin), StringComparison.Ordinal) == true))];
        Assert.InRange(samples.Length, 10, 1000);
        Assert.All(samples, sample => Assert.StartsWith(
            $"{sample.Thread} runs ",
            trace.Lines.Take(sample.Line).Last(line => line == $"{sample.Thread} ends" || line.StartsWith($"{sample.Thread} runs ", StringComparison.Ordinal)),
            StringComparison.Ordinal));
    }

    /// <summary>A thread does two things in turns, and waits in between, of which the runtime tells at once.</summary>
    [ToolFact(Tools.Linux)]
    public async Task SamplesAreWithinWhatTheThreadDidThen()
    {
        RecordedTrace trace = await TraceAsync(static () => Task.Run(static () =>
        {
            using var never = new ManualResetEvent(false);
            for (int i = 0; i < 60; i++)
            {
                using (PprofTrace.Region(nameof(SpinOne)))
                {
                    SpinOne();
                }

                never.WaitOne(1);
                using (PprofTrace.Region(nameof(SpinTwo)))
                {
                    SpinTwo();
                }

                never.WaitOne(1);
            }
        }));

        ManagedSymbols symbols = ManagedSymbols.Create();
        bool[] areRight =
        [
            .. from sample in trace.Samples
               let name = sample.Frames.Select(frame => symbols.Resolve(frame)?.Name.Split('.')[^1]).FirstOrDefault(static name => name is nameof(SpinOne) or nameof(SpinTwo))
               where name is not null
               select trace.Lines.Take(sample.Line)
                   .LastOrDefault(line => line.StartsWith($"{sample.Thread} enters Spin", StringComparison.Ordinal) || line.StartsWith($"{sample.Thread} leaves Spin", StringComparison.Ordinal))
                   ?.StartsWith($"{sample.Thread} enters {name} ", StringComparison.Ordinal) == true,
        ];
        Assert.InRange(areRight.Length, 10, 1000);

        // On a busy machine some are read later than they may be.
        Assert.InRange(areRight.Count(static isRight => isRight), areRight.Length * 9 / 10, areRight.Length);
    }

    [ToolFact(Tools.Linux)]
    public async Task WhatNobodyAsksForIsNotThere()
    {
        string id = $"{Guid.NewGuid()}";
        var trace = new RecordedTrace();
        await TraceAsync(
            trace,
            async () =>
            {
                await Task.Run(() => PprofTrace.Log("test", id));
                using Activity? activity = s_activities.StartActivity("activity-" + id);
                Assert.Null(activity);
                GC.Collect();
            },
            TraceContent.Collections);

        Assert.Contains("test: " + id, trace.Lines);
        Assert.Contains(trace.Lines, static line => line.StartsWith("gc: collection", StringComparison.Ordinal));
        Assert.DoesNotContain(trace.Lines, static line => line.Contains(" runs ", StringComparison.Ordinal) || line.Contains(" waits", StringComparison.Ordinal));
        Assert.Empty(trace.Samples);
    }

    /// <summary>ASP.NET Core makes the activity by itself, or because somebody else listens.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData(null)]
    [InlineData(ActivitySamplingResult.None)]
    [InlineData(ActivitySamplingResult.PropagationData)]
    [InlineData(ActivitySamplingResult.AllDataAndRecorded)]
    public async Task ARequestIsThereOnceWhoeverElseListens(ActivitySamplingResult? others)
    {
        string id = $"{Guid.NewGuid()}";
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => others is not null && source.Name == "Microsoft.AspNetCore",
            Sample = (ref _) => others ?? ActivitySamplingResult.None,
        };
        ActivitySource.AddActivityListener(listener);
        RunningService service = await RunningService.StartAsync(use: app => app.MapGet("/traced/{id}", (string id) =>
        {
            using (PprofTrace.Region("part-" + id))
            {
            }
        }));
        using var names = new RequestNames();

        RecordedTrace trace = await TraceAsync(async () =>
        {
            (await service.GetAsync("/traced/" + id)).Dispose();

            // The request goes on for a moment after its answer.
            await service.DisposeAsync();
        });

        string number = trace.Lines.Single(line => line.Contains($" enters part-{id} ")).Split(' ')[^1];
        Assert.Single(trace.Lines, line => line.EndsWith($" begins Microsoft.AspNetCore.Hosting.HttpRequestIn {number} of 0", StringComparison.Ordinal));
        Assert.Single(trace.Lines, line => line.EndsWith($" ends {number} GET /traced/{{id}}", StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux)]
    public async Task CollectionsHaveTheirGenerationTheirReasonAndTheirStop()
    {
        var trace = new RecordedTrace();
        await TraceAsync(
            trace,
            static () =>
            {
                // The runtime may take an older generation than it is asked for.
                for (int i = 0; i < 10; i++)
                {
                    GC.Collect(0);
                    GC.Collect(1);
                }

                GC.Collect(GC.MaxGeneration);

                // Somebody else's collection can come first.
                for (int i = 0; i < 5; i++)
                {
                    AllocateUntilCollected(GC.MaxGeneration, bytes: 200_000);
                    AllocateUntilCollected(0, bytes: 1_000);
                }

                return Task.CompletedTask;
            },
            TraceContent.Collections);

        string[] collections = [.. trace.Lines.Where(static line => line.StartsWith("gc: collection ", StringComparison.Ordinal))];
        foreach (string what in new[] { "generation 0, .*: induced", "generation 1, .*: induced", "generation 2, .*: induced", ": allocations of small objects", ": allocations of large objects" })
        {
            Assert.True(collections.Any(line => Regex.IsMatch(line, what)), $"{what}: {string.Join('\n', collections)}");
        }

        // A blocking one is within its stop.
        string phases = string.Join(',', trace.Lines.Where(static line => line is "stop" or "stopped" or "restart" or "stop ends" or "collection" or "collection ends"));
        Assert.Contains("stop,stopped,collection,collection ends,restart,stop ends", phases);
    }

    [ToolFact(Tools.Linux)]
    public async Task WhatIsAllocatedIsCounted()
    {
        const int Bytes = 50_000_000;
        var trace = new RecordedTrace();
        await TraceAsync(
            trace,
            () =>
            {
                WaitForState(1);
                for (int i = 0; i < Bytes / 1000; i++)
                {
                    GC.KeepAlive(new byte[1000]);
                }

                // What is written is older than it is.
                WaitForState(trace.HeapSizes + 10);
                return Task.CompletedTask;
            },
            TraceContent.None);

        Assert.Equal(trace.Allocated.Order(), trace.Allocated);
        Assert.InRange(trace.Allocated[^1] - trace.Allocated[0], Bytes, long.MaxValue);

        void WaitForState(int count) => Assert.True(SpinWait.SpinUntil(() => trace.HeapSizes >= count, s_hang));
    }

    [ToolFact(Tools.Linux)]
    public async Task AThreadThatEndsIsForgotten()
    {
        string id = $"{Guid.NewGuid()}";
        var trace = new RecordedTrace();
        await TraceAsync(trace, () =>
        {
            int ended = 0;
            var thread = new Thread(() =>
            {
                ended = SystemThreads.CurrentId;
                PprofTrace.Log("test", id);
            });
            thread.Start();
            thread.Join();
            Assert.True(SpinWait.SpinUntil(() => trace.Gone.Contains(ended), s_hang));
            return Task.CompletedTask;
        });

        (int Thread, string Message, int Line) said = Assert.Single(trace.Logs, log => log.Message == id);
        Assert.Contains($"{said.Thread} is gone", trace.Lines.Skip(said.Line));
    }

    [ToolFact(Tools.Linux)]
    public async Task ATraceThatCannotBeWrittenEndsAtOnce()
    {
        Task traced = _collector.WriteAsync(Output(new RecordedTrace { FailsAtLogs = true }), TimeSpan.FromHours(1), Arguments, CancellationToken.None);
        await BegunAsync(traced);
        PprofTrace.Log("test", "message");

        Assert.Equal("no room", (await Assert.ThrowsAsync<InvalidDataException>(() => traced.WaitAsync(s_hang))).Message);
        Assert.False(PprofTrace.IsEnabled);
    }

    [ToolFact(Tools.Linux)]
    [Measures(false)]
    public async Task AClientThatHangsUpEndsItAndTheNextCanBegin()
    {
        using var hangUp = new CancellationTokenSource();
        Task first = _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.FromMinutes(5), Arguments, hangUp.Token);
        await BegunAsync(first);

        await Assert.ThrowsAsync<ProfilerBusyException>(() => _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.Zero, Arguments, CancellationToken.None));
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.False(PprofTrace.IsEnabled);
        await _collector.WriteAsync(Output(new RecordedTrace()), TimeSpan.Zero, Arguments, CancellationToken.None);
    }

    private static ProfileArguments Arguments => new(new Dictionary<string, long> { ["content"] = (long)AllButAsync });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Spin()
    {
        // Not the last call: that would take this frame's place.
        Use(400_000_000);
        GC.KeepAlive(null);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SpinOne()
    {
        Use(5_000_000);
        GC.KeepAlive(null);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SpinTwo()
    {
        Use(5_000_000);
        GC.KeepAlive(null);
    }

    private static void Use(long nanoseconds)
    {
        // Of this thread's CPU time: on a busy machine it takes longer.
        long start = CpuTime();
        while (CpuTime() - start < nanoseconds)
        {
        }

        static long CpuTime() =>
            long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void AllocateUntilCollected(int generation, int bytes)
    {
        for (int before = GC.CollectionCount(generation); GC.CollectionCount(generation) == before;)
        {
            GC.KeepAlive(new byte[bytes]);
        }
    }

    private static StreamOutput Output(RecordedTrace trace) => new(Stream.Null, (_, _) => trace);

    private static async Task BegunAsync(Task traced)
    {
        while (!PprofTrace.IsEnabled)
        {
            if (traced.IsCompleted)
            {
                await traced;
            }

            await Task.Delay(1);
        }
    }

    /// <summary>Traces for as long as the work takes.</summary>
    private async Task<RecordedTrace> TraceAsync(Func<Task> work)
    {
        var trace = new RecordedTrace();
        await TraceAsync(trace, work);
        return trace;
    }

    private async Task TraceAsync(RecordedTrace trace, Func<Task> work, TraceContent content = AllButAsync)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task traced = _collector.WriteAsync(Output(trace), _ => done.Task, content, CancellationToken.None);
        await BegunAsync(traced);
        try
        {
            await work();
        }
        finally
        {
            done.SetResult();
            await traced;
        }
    }
}

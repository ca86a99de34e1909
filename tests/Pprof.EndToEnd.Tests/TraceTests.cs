using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Pprof.Testing.Perfetto;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>Traces of running services, compiled by the JIT and ahead of time, read by the real tool.</summary>
[Measures]
public sealed partial class TraceTests(Samples samples) : SampleTests(samples)
{
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TracesOfABusyServiceAreReadWithoutAFailure()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(_ => RequestAsync(service.Client, stop.Token))];
        HashSet<string> tasks = [];
        for (int i = 0; i < Repetitions.Of(few: 2, many: 20); i++)
        {
            string content = i % 2 == 0 ? "" : "&content=gc,requests,work,waits,exceptions,cpu,jit,async";
            using var tool = new GoToolTrace(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1" + content));

            GoToolTimeline timeline = await tool.ReadWholeAsync();
            Assert.Contains(timeline.Events, static traced => GoToolTimeline.NameOf(traced).Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));
            IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
            AssertSamplesRun(events);
            tasks.UnionWith(events.Where(static traced => traced.Name == "UserTaskCreate").Select(static traced => traced.Rest.Split("name=")[1]));
        }

        Assert.Contains("GET /products/{id:int}", tasks);

        var file = new PerfettoFile(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1&format=perfetto"));
        Assert.Contains(file.Of("task"), static task => task.Name == "GET /products/{id:int}");
        Assert.Contains(file.Of("work"), static work => work.Name.Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));

        byte[] nettrace = await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=0.2&format=nettrace&keywords=gc+threading");
        Assert.Equal("Nettrace"u8, nettrace.AsSpan(0, 8));

        await stop.CancelAsync();
        await Task.WhenAll(clients);
    }

    /// <summary>It finds nothing wrong, as much as our own reader does, and an answer to the question in docs/trace.md.</summary>
    [ToolFact(Tools.Linux, Tools.TraceProcessor)]
    public async Task ATraceOfABusyServiceIsReadByPerfettosTraceProcessor()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        using var stop = new CancellationTokenSource();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(_ => RequestAsync(service.Client, stop.Token))];
        byte[] trace = await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1&format=perfetto&content=gc,requests,work,waits,exceptions,cpu,jit,async");
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        string slowest = SqlOfDocumentation().Match(await File.ReadAllTextAsync(Repository.PathOf("docs", "trace.md"))).Groups[1].Value;

        IReadOnlyList<JsonElement[]> read = await TraceProcessor.AskAsync(
            trace,
            TraceProcessor.Errors,
            "SELECT category AS name, COUNT(*) AS n FROM slice GROUP BY category",
            "SELECT (SELECT COUNT(*) FROM perf_sample) AS samples, (SELECT COUNT(*) FROM flow) AS flows, (SELECT COUNT(*) FROM slice WHERE dur < 0) AS endless",
            slowest);

        var file = new PerfettoFile(trace);
        Assert.Empty(read[0]);
        Assert.Equal(
            file.Events.GroupBy(static traced => traced.Category).Select(static group => (group.Key, group.Count())).Order(),
            read[1].Select(static row => (row.GetProperty("name").GetString()!, row.GetProperty("n").GetInt32())).Order());
        Assert.Equal(
            (file.Samples.Count, file.Events.Sum(static traced => traced.From.Count), 0),
            (Number("samples"), Number("flows"), Number("endless")));
        JsonElement route = Assert.Single(read[3], static row => row.GetProperty("name").GetString() == "GET /products/{id:int}");
        Assert.Equal(file.Of("task").Where(static task => task.Name == "GET /products/{id:int}").Max(static task => task.Duration) / 1e6, route.GetProperty("worst").GetDouble(), 1e-6);

        int Number(string column) => read[2].Single().GetProperty(column).GetInt32();
    }

    [ToolFact(Tools.Linux, Tools.Go, Tools.NativeCompiler)]
    public async Task ATraceOfANativeAotServiceHasRequestsWorkCollectionsAndSamples()
    {
        RunningService service = await Samples.StartAsync(Samples.AotService);
        using var stop = new CancellationTokenSource();
        Task client = RequestAsync(service.Client, stop.Token);

        Task<byte[]> trace = service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1");
        while (!trace.IsCompleted)
        {
            // Has it collect.
            await service.Client.GetByteArrayAsync("/debug/pprof/heap?gc=1");
            await Task.Delay(100);
        }

        using var tool = new GoToolTrace(await trace);
        await stop.CancelAsync();
        await client;
        GoToolTimeline timeline = await tool.ReadWholeAsync();
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserTaskEnd");
        AssertSamplesRun(events);
        Assert.Contains(events, static traced => traced.Name == "HeapAlloc");
        Assert.Contains(events, static traced => traced.Name == "UserLog" && traced.Rest.Contains("NativeAOT", StringComparison.Ordinal));
        Assert.Contains(events, static traced => traced.Name == "UserLog" && traced.Rest.Contains("generation 2", StringComparison.Ordinal));
        Assert.Contains(events, static traced => traced.Name == "GCStart");
        Assert.Contains(events, static traced => traced.Name == "GCSTWStart");

        // Work of the pool runs on its threads. Where one takes work after work it is surely that.
        HashSet<long> pool = [.. ThreadsNamed(service.ProcessId, ".NET TP Worker")];
        GoToolGoroutine[] works = [.. GoToolGoroutine.Read(events).Values.Where(static goroutine => goroutine.IsFollowed)];
        Assert.NotEmpty(works);
        Assert.All(works, work => Assert.True(work.Runs.All(run => pool.Contains(run.Thread)), timeline.NameOf(work.Id)));

        var file = new PerfettoFile(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=0.2&format=perfetto"));
        Assert.NotEmpty(file.ValuesOf("heap"));

        using HttpResponseMessage refused = await service.Client.GetAsync("/debug/pprof/trace?format=nettrace");
        Assert.Equal(HttpStatusCode.NotImplemented, refused.StatusCode);
        Assert.Contains("NativeAOT", await refused.Content.ReadAsStringAsync());
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task WhatNobodyAsksForIsNotThere()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);
        using var stop = new CancellationTokenSource();
        Task client = RequestAsync(service.Client, stop.Token);

        using var tool = new GoToolTrace(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1&content=gc,requests"));

        await stop.CancelAsync();
        await client;
        await tool.ReadWholeAsync();
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserTaskEnd");
        Assert.DoesNotContain(events, static traced => traced.Name is "CPUSample" or "GoBlockSync" or "GoBlockCond");

        using HttpResponseMessage refused = await service.Client.GetAsync("/debug/pprof/trace?content=gc,everything");
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal(
            "invalid value for \"content\" - must be one or more of gc, requests, work, waits, exceptions, cpu, jit, async, with commas between them\n",
            await refused.Content.ReadAsStringAsync());
    }

    /// <summary>
    /// What a trace of samples/WebApi has where the runtime's events cannot be had: requests, their regions, the work of the pool
    /// and samples, and why the rest is not there.
    /// </summary>
    internal static async Task AssertRestIsThereAsync(RunningService service, string reason)
    {
        // The first request takes its time.
        using var stop = new CancellationTokenSource();
        (await service.Client.GetAsync("/products/1234")).Dispose();
        Task client = RequestAsync(service.Client, stop.Token);
        using var tool = new GoToolTrace(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=1"));
        var file = new PerfettoFile(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=0.2&format=perfetto"));
        await stop.CancelAsync();
        await client;

        GoToolTimeline timeline = await tool.ReadWholeAsync();
        IReadOnlyList<GoToolTraceEvent> events = await tool.EventsAsync();
        Assert.Contains(events, static traced => traced.Name == "UserTaskCreate" && traced.Rest.EndsWith("name=GET /products/{id:int}", StringComparison.Ordinal));
        Assert.Contains(events, static traced => traced.Name == "UserRegion" && traced.Rest.Contains("HttpRequestIn", StringComparison.Ordinal));
        Assert.Contains(timeline.Events, static traced => GoToolTimeline.NameOf(traced).Contains("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));
        AssertSamplesRun(events);
        Assert.DoesNotContain(events, static traced => traced.Name is "GCStart" or "GoBlockSync");
        Assert.Contains(events, traced => traced.Name == "UserLog" && traced.Rest.Contains(reason, StringComparison.Ordinal));
        Assert.Contains(file.Of("task"), static task => task.Name == "GET /products/{id:int}");
        Assert.Contains(file.Of("pprof"), said => said.Name.Contains(reason, StringComparison.Ordinal));

        using HttpResponseMessage refused = await service.Client.GetAsync("/debug/pprof/trace?format=nettrace");
        Assert.Equal(HttpStatusCode.NotImplemented, refused.StatusCode);
        Assert.Contains(reason, await refused.Content.ReadAsStringAsync());
    }

    private static IEnumerable<long> ThreadsNamed(int process, string name) =>
        from thread in Directory.GetDirectories($"/proc/{process}/task")
        where File.Exists(thread + "/comm") && File.ReadAllText(thread + "/comm").StartsWith(name, StringComparison.Ordinal)
        select long.Parse(Path.GetFileName(thread));

    /// <summary>Each sample is of what runs at its time.</summary>
    private static void AssertSamplesRun(IReadOnlyList<GoToolTraceEvent> events)
    {
        HashSet<ulong> running = [];
        int samples = 0;
        foreach (GoToolTraceEvent traced in events)
        {
            switch (traced.Name)
            {
                case "GoStart":
                    running.Add((ulong)traced["g"]);
                    break;
                case "CPUSample":
                    samples++;
                    Assert.True(running.Contains(traced.Goroutine), $"{traced.Rest} at {traced.Time}");
                    break;
                case "GoEnd" or "GoSched" or "GoSleep" or "GoBlock" or "GoBlockSync" or "GoBlockCond" or "GoBlockSelect" or "GoBlockNet":
                    running.Remove(traced.Goroutine);
                    break;
            }
        }

        Assert.NotEqual(0, samples);
    }

    private static async Task RequestAsync(HttpClient client, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using HttpResponseMessage answer = await client.GetAsync("/products/1234", CancellationToken.None);
            await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        }
    }

    [GeneratedRegex(@"```sql\n(.+?)\n```", RegexOptions.Singleline)]
    private static partial Regex SqlOfDocumentation();
}

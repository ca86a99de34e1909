using System.Net;
using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>mutex, block and threadcreate of running services, read by the real tool. Runs real time: seconds of each.</summary>
[Measures]
public sealed class ContentionTests(Samples samples) : SampleTests(samples)
{
    // On a busy machine threads hardly wait for a lock: while they spin for it, others get the processor, and then it is free.
    private const int MaxProfiles = 6;
    private const double Milliseconds = 1;

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task MutexOfSomeSecondsShowsWhoWaitedAndWhoHeldTheLock()
    {
        // Three clerks, each of whom keeps the shelves for 5 ms and is away for 20.
        (TopReport top, string[] files) = await ReportAsync(Samples.WebApi, "mutex?seconds=3", "WebApi.Warehouse.Count");

        Assert.Contains("Type: delay", top.Text);
        Assert.Matches("holder.*\\n.*WebApi\\.Warehouse\\.Count", await Pprof.PrintAsync(["-tags", .. files]));
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task BlockOfSomeSecondsTellsWaitsApart()
    {
        (_, string[] files) = await ReportAsync(Samples.WebApi, "block?seconds=3", "WebApi.Warehouse.Count", "-tagfocus=wait=lock");

        Assert.Matches(@"wait: Total[^\n]*\n(\s+.*\n)*\s+.*: lock", await Pprof.PrintAsync(["-tags", .. files]));
    }

    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task ThreadCreateShowsWhoStartedTheThreads()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        int threads = CountThreads(service);
        string top = await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/threadcreate");
        string text = await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1");

        Assert.Contains("Type: threadcreate", top);
        Assert.Matches(@"(?m)^ +\S+ +\S+ +\S+ +3 .* WebApi\.StockClerks\.StartAsync$", top);
        Assert.Matches(@"^threadcreate profile: total \d+\n", text);
        Assert.Contains("# labels: {\"thread\":\"Stock clerk 1\"}", text);

        // Threads of the pool end meanwhile.
        threads = Math.Min(threads, CountThreads(service));
        Assert.InRange(int.Parse(Regex.Match(text, @"total (\d+)").Groups[1].Value), threads, int.MaxValue);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("mutex")]
    [InlineData("block")]
    [InlineData("threadcreate")]
    public async Task TextFormsOfAServiceAreReadByTheTool(string name)
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        foreach (string debug in new[] { "debug=1", "debug=2" })
        {
            string text = await service.Client.GetStringAsync($"/debug/pprof/{name}?{debug}");
            if (text.Contains('@'))
                await Pprof.PrintAsync("-top", Pprof.Save(text));
        }
    }

    /// <summary>By the hooks that the publish links in: an archivist keeps the log for 5 ms and is away for 20.</summary>
    [ToolTheory(Tools.Linux, Tools.Go, Tools.X64Compiler, Tools.NativeCompiler)]
    [InlineData("mutex?seconds=3", "AotService.StationLog.Add", null)]
    [InlineData("block?seconds=3", "AotService.StationLog.Add", "lock")]
    [InlineData("block?seconds=3", "AotService.Stations.Archive", "wait-handle")]
    public async Task ANativeAotServiceTellsWhereItWaits(string address, string method, string? kind)
    {
        (TopReport top, _) = await ReportAsync(Samples.AotService, address, method, kind is null ? "-tagshow=wait" : "-tagfocus=wait=" + kind);

        Assert.Contains("Type: delay", top.Text);
        Assert.DoesNotMatch("LowLevelLifoSemaphore|TimerThread|GateThread|Thread.Sleep", top.Text);
    }

    [ToolFact(Tools.Linux, Tools.Go, Tools.X64Compiler, Tools.NativeCompiler)]
    public async Task ANativeAotServiceTellsWhoStartedItsThreads()
    {
        RunningService service = await Samples.StartAsync(Samples.AotService);

        string top = await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/threadcreate");
        string text = await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1");

        Assert.Contains("Type: threadcreate", top);
        Assert.Matches(@"(?m)^ +\S+ +\S+ +\S+ +[1-9] .* AotService\.Stations\.ExecuteAsync$", top);
        Assert.Contains("# labels: {\"thread\":\"Archivist\"}", text);
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("DOTNET_EnableDiagnostics", "0", "DOTNET_EnableDiagnostics=0")]
    [InlineData("TMPDIR", "/nonexistent", "TMPDIR")]
    public async Task WithoutTheDiagnosticPortTheReasonIsServedAndAllElseWorks(string variable, string value, string reason)
    {
        using RunningService service = await Samples.StartWebApiAsync(new Dictionary<string, string> { [variable] = value });

        foreach (string address in new[] { "mutex", "mutex?seconds=1", "block", "threadcreate" })
        {
            HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/" + address);

            Assert.Equal(HttpStatusCode.NotImplemented, response.StatusCode);
            Assert.Contains(reason, await response.Content.ReadAsStringAsync());
        }

        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1"));
        Assert.Contains("mutex", await service.Client.GetStringAsync("/debug/pprof/"));
        await TraceTests.AssertRestIsThereAsync(service, reason);
        Assert.StartsWith("orders.open profile: total", await service.Client.GetStringAsync("/debug/pprof/orders.open?debug=1"));
    }

    // As many profiles as it takes until a method has waited in them.
    private async Task<(TopReport Top, string[] Files)> ReportAsync(string sample, string address, string method, params string[] options)
    {
        RunningService service = await Samples.StartAsync(sample);
        List<string> files = [];
        TopReport top;
        do
        {
            files.Add(await Pprof.FetchAsync(service.Client, "/debug/pprof/" + address));
            top = new TopReport(await Pprof.PrintAsync(["-top", "-unit=ms", .. options, .. files]));
        }
        while (top.Cumulative(method) < Milliseconds && files.Count < MaxProfiles);

        Assert.True(top.Cumulative(method) >= Milliseconds, top.Text);
        return (top, [.. files]);
    }

    // Without the package's own.
    private static int CountThreads(RunningService service) =>
        Directory.GetDirectories($"/proc/{service.ProcessId}/task").Count(static task =>
        {
            try
            {
                return !File.ReadAllText(Path.Combine(task, "comm")).StartsWith("pprof", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        });
}

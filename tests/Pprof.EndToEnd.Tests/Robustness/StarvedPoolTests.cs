using System.Text.RegularExpressions;
using Pprof.EndToEnd.Tests.Accuracy;
using Pprof.EndToEnd.Tests.Scraping;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>The listener of its own answers although all threads of the application's pool sleep, for minutes.</summary>
[Collection(nameof(ScrapingCollection))]
[Measures]
public sealed partial class StarvedPoolTests
{
    // What needs the pool waits for minutes; this is no measurement.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    [ToolTheory(Tools.Linux)]
    [InlineData("--starved", Workloads.Jit)]
    [InlineData("--starved-worker", Workloads.Jit)]
    [ToolInlineData(Tools.NativeCompiler, "--starved", Workloads.Aot)]
    [ToolInlineData(Tools.NativeCompiler, "--starved-worker", Workloads.Aot)]
    public async Task EverythingIsAnswered(string kind, string runtime)
    {
        using RunningService service = await StartAsync(kind, runtime);
        service.Client.Timeout = s_patience;
        while (!service.Output.Contains("The thread pool sleeps.", StringComparison.Ordinal))
            await Task.Delay(20);

        Assert.Contains("Types of profiles", await service.Client.GetStringAsync("/debug/pprof/"), StringComparison.Ordinal);
        Assert.Contains("Pprof.Workloads", await service.Client.GetStringAsync("/debug/pprof/cmdline"), StringComparison.Ordinal);
        Assert.StartsWith("num_symbols: 1\n", await service.Client.GetStringAsync("/debug/pprof/symbol?0x1"), StringComparison.Ordinal);
        using var addresses = new StringContent("0x1+0x2");
        using HttpResponseMessage symbols = await service.Client.PostAsync("/debug/pprof/symbol", addresses);
        Assert.StartsWith("num_symbols: 1\n", await symbols.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.StartsWith("sleepers profile: total ", await service.Client.GetStringAsync("/debug/pprof/sleepers?debug=1"), StringComparison.Ordinal);
        Assert.StartsWith("threadcreate profile: total ", await service.Client.GetStringAsync("/debug/pprof/threadcreate?debug=1"), StringComparison.Ordinal);
        Assert.StartsWith("goroutine profile: total ", await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=1"), StringComparison.Ordinal);
        Assert.Contains("[Thread.Sleep, ", await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2"), StringComparison.Ordinal);
        Assert.Matches(Starved(), await FirstLineAsync(service));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/goroutine?seconds=1"));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/profile?seconds=1&hz=250"));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/threadcreate"));
        Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/trace?seconds=0.5"));
        if (runtime == Workloads.Jit)
        {
            // Twice: the second has to wait until the first's events have ended.
            Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/block?seconds=1"));
            Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/block?seconds=1"));
            Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/mutex?seconds=1"));
            Assert.NotEmpty(await service.Client.GetByteArrayAsync("/debug/pprof/threadcreate?seconds=1"));
        }
    }

    /// <summary>What the page says first that people open; while the pool makes a thread it may say less.</summary>
    private static async Task<string> FirstLineAsync(RunningService service)
    {
        string line = "";
        for (int i = 0; i < 100 && !Starved().IsMatch(line); i++)
            line = (await service.Client.GetStringAsync("/debug/pprof/goroutine?debug=2")).Split('\n', 2)[0];

        return line;
    }

    [GeneratedRegex(@"^# the thread pool is starved: all its threads wait \(\d+ in Thread\.Sleep\), \d+ work items are queued, and none was completed in the \d+ ms of this look$")]
    private static partial Regex Starved();

    private static async Task<RunningService> StartAsync(string kind, string runtime)
    {
        // The kind is last: the configuration takes what follows it for its value.
        string[] arguments = ["--Pprof:ListenUrl=http://127.0.0.1:0", "--urls=http://127.0.0.1:0", kind];
        if (runtime == Workloads.Jit)
        {
            return await RunningService.StartAsync(
                DotNet.Path, [Workloads.BuiltAssembly, .. arguments], Path.GetDirectoryName(Workloads.BuiltAssembly), ServingLine());
        }

        string published = await Workloads.PublishAsync();
        return await RunningService.StartAsync(Path.Combine(published, "Pprof.Workloads"), arguments, published, ServingLine());
    }

    [GeneratedRegex(@"pprof serves (http://\S+)/debug/pprof/")]
    private static partial Regex ServingLine();
}

using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>heap and allocs of running services, read by the real tool.</summary>
[Measures]
public sealed partial class HeapTests(Samples samples) : SampleTests(samples)
{
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task AllocsShowsTypesBelowWhoAllocatesThem()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string file = await Pprof.FetchAsync(service.Client, "/debug/pprof/allocs?seconds=5");

        string top = await Pprof.PrintAsync("-top", "-sample_index=alloc_space", file);
        Assert.Contains("Type: alloc_space", top);
        Assert.True(new TopReport(await Pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", file)).Cumulative("WebApi.OrderService.Work") > 0, top);
        Assert.Matches(@"(?m) (char\[\]|string|object\[\]|WebApi\.\S+)$", top);
        Assert.Contains("source: the runtime's samples of allocations", await Pprof.PrintAsync("-comments", file));
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("heap?gc=1", "inuse_space")]
    [InlineData("heap", "inuse_space")]
    [InlineData("allocs", "alloc_space")]
    public async Task TheToolShowsTheRightValueFirst(string address, string expected)
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string top = await Pprof.PrintAsync("-top", service.Url + "/debug/pprof/" + address);

        Assert.Contains("Type: " + expected, top);
        foreach (string index in new[] { "alloc_objects", "alloc_space", "inuse_objects", "inuse_space" })
            Assert.Contains("Type: " + index, await Pprof.PrintAsync("-top", "-sample_index=" + index, service.Url + "/debug/pprof/" + address));
    }

    [ToolTheory(Tools.Linux, Tools.Go)]
    [InlineData("heap")]
    [InlineData("allocs")]
    public async Task TheTextFormIsReadByTheTool(string name)
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        // The service has allocated something by then.
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs?seconds=3");
        string before = await Pprof.FetchAsync(service.Client, $"/debug/pprof/{name}");
        string text = await service.Client.GetStringAsync($"/debug/pprof/{name}?debug=1");
        string after = await Pprof.FetchAsync(service.Client, $"/debug/pprof/{name}");

        Assert.Matches(@"^heap profile: \d+: \d+ \[\d+: \d+\] @ heap/1048576\n", text);
        Assert.Contains("Type: inuse_space", await Pprof.PrintAsync("-top", Pprof.Save(text)));

        // What stands for more than one object is written as whole samples.
        double total = await TotalAsync(Pprof.Save(text));
        Assert.InRange(total, await TotalAsync(before) * 0.97, await TotalAsync(after) * 1.03);
        Assert.Matches(@"\tWebApi\.OrderService\.Work\+0x[0-9a-f]+\t", text);

        async Task<double> TotalAsync(string file) => new TopReport(await Pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", file)).Total;
    }

    /// <summary>What a collection that the request asks for has found alive is in use, however little before it was allocated.</summary>
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task WhatWasAllocatedAMomentAgoIsInUseAfterACollection()
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        // Allocations are sampled by then.
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs?seconds=1");
        double before = await KeptAsync(service);
        for (int i = 0; i < 3; i++)
            (await service.Client.PostAsync("/leaks/cache", null)).EnsureSuccessStatusCode();
        double after = await KeptAsync(service);

        // 15 MB, of which one sample stands for half a megabyte.
        Assert.InRange(after - before, 4_000_000, 40_000_000);
    }

    /// <summary>Word for word, in a service that leaks 40 MB after the profile that the last command compares with.</summary>
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task TheThreeCommandsOfTheManualShowALeak()
    {
        const double Leaked = 40_000_000;
        string[] commands = await CommandsOfTheManualAsync();
        using RunningService service = await Samples.StartWebApiAsync();
        await service.Client.GetByteArrayAsync("/debug/pprof/allocs?seconds=1");
        string before = await Pprof.FetchAsync(service.Client, "/debug/pprof/heap?gc=1");
        for (int i = 0; i < 8; i++)
            (await service.Client.PostAsync("/leaks/cache", null)).EnsureSuccessStatusCode();

        var inUse = new TopReport(await RunAsync(commands[0]));
        string peek = await RunAsync(commands[1]);
        var more = new TopReport(await RunAsync(commands[2]));

        // Some 76 samples: 95 % of the time within a quarter.
        Assert.InRange(inUse.Flat("byte[]"), Leaked / 2, Leaked * 2);
        Assert.InRange(more.Flat("byte[]"), Leaked / 2, Leaked * 2);
        Assert.Matches(@"\| +WebApi\.Leaks\.(Remember|Repeat)", peek);

        Task<string> RunAsync(string command) => Pprof.PrintAsync(
        [
            "-unit=B",
            .. Argument().Matches(command).Select(argument => argument.Value.Replace("'", "").Replace("http://localhost:5000", service.Url).Replace("before.pb.gz", before)),
        ]);
    }

    /// <summary>In the place of Go's MemStats, in lines that the tool passes over.</summary>
    [ToolTheory(Tools.Linux)]
    [InlineData("Alloc", @"\d+")]
    [InlineData("TotalAlloc", @"\d+")]
    [InlineData("Fragmented", @"\d+")]
    [InlineData("Committed", @"[1-9]\d+")]
    [InlineData("NumGC", @"[1-9]\d*")]
    [InlineData("NumGen0GC", @"[1-9]\d*")]
    [InlineData("NumGen2GC", @"\d+")]
    [InlineData("PauseTotalNs", @"[1-9]\d+")]
    [InlineData("PauseTimePercentage", @"[\d.]+")]
    [InlineData("Gen2", @"\d+ / \d+ fragmented \d+ / \d+")]
    [InlineData("LOH", @"\d+ / \d+ fragmented \d+ / \d+")]
    [InlineData("POH", @"\d+ / \d+ fragmented \d+ / \d+")]
    public async Task TheTextFormHasTheCollectorsFigures(string key, string value)
    {
        RunningService service = await Samples.StartAsync(Samples.WebApi);

        string text = await service.Client.GetStringAsync("/debug/pprof/heap?debug=1&gc=1");

        Assert.Matches($"(?m)^# {key} = {value}$", text[text.IndexOf("\n# System.GC\n", StringComparison.Ordinal)..]);
    }

    /// <summary>By the runtime's events, for as long as somebody asks.</summary>
    [ToolFact(Tools.Linux, Tools.Go)]
    public async Task WithoutTheProfilingInterfaceWindowsAreAnswered()
    {
        using RunningService service = await Samples.StartWebApiAsync(new Dictionary<string, string> { ["DOTNET_EnableDiagnostics_Profiler"] = "0" });

        string window = await Pprof.FetchAsync(service.Client, "/debug/pprof/allocs?seconds=5");
        string state = await Pprof.FetchAsync(service.Client, "/debug/pprof/heap");

        string top = await Pprof.PrintAsync("-top", "-unit=B", "-sample_index=alloc_space", window);
        Assert.True(new TopReport(top).Cumulative("WebApi.OrderService.Work") > 0, top);
        Assert.Contains("source: the runtime's events of sampled allocations", await Pprof.PrintAsync("-comments", window));
        Assert.Contains("DOTNET_EnableDiagnostics_Profiler=0; remove it and restart", await Pprof.PrintAsync("-comments", state));
    }

    /// <summary>By the hooks that the publish links in, which need nothing that is not there anyway.</summary>
    [ToolTheory(Tools.Linux, Tools.Go, Tools.NativeCompiler)]
    [InlineData("allocs?seconds=3", "alloc_space")]
    [InlineData("heap?gc=1", "inuse_space")]
    public async Task ANativeAotServiceHasThemToo(string address, string expected)
    {
        RunningService service = await Samples.StartAsync(Samples.AotService);

        string file = await Pprof.FetchAsync(service.Client, "/debug/pprof/" + address);

        Assert.Contains("Type: " + expected, await Pprof.PrintAsync("-top", file));
        string top = await Pprof.PrintAsync("-top", "-sample_index=alloc_space", file);
        Assert.Matches(@"(?m) (char\[\]|string|byte\[\]|AotService\.\S+)$", top);
    }

    private async Task<double> KeptAsync(RunningService service) =>
        new TopReport(await Pprof.PrintAsync("-top", "-unit=B", "-sample_index=inuse_space", service.Url + "/debug/pprof/heap?gc=1")).Cumulative("WebApi.Leaks.Remember");

    /// <summary>The arguments of the first commands in docs/memory.md.</summary>
    private static async Task<string[]> CommandsOfTheManualAsync()
    {
        string page = await File.ReadAllTextAsync(Repository.PathOf("docs", "memory.md"));
        string[] commands = [.. Command().Matches(page.Split("```")[1]).Select(static command => command.Groups[1].Value)];
        Assert.Equal(3, commands.Length);
        return commands;
    }

    [GeneratedRegex("^go tool pprof (.+?) +#", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex("('[^']*'|[^' ])+")]
    private static partial Regex Argument();
}

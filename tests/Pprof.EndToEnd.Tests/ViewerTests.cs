using System.Text.Json;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>The pages of <c>view=</c> of samples/WebApi, in a browser.</summary>
public sealed class ViewerTests(Samples samples) : SampleTests(samples)
{
    private const string Frames = "[...document.querySelectorAll('#chart g.frame')].filter(f => f.__data__.x1 > f.__data__.x0)";
    private const string IsDrawn = "!document.getElementById('view').hidden && document.querySelector('#chart g.frame') && document.getElementById('progress').hidden";

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task ACpuProfileIsCollectedDrawnSearchedAndZoomed()
    {
        await using BrowserPage page = await OpenAsync("profile?view=flame&seconds=5");
        await page.UntilAsync("/collecting: \\d+ s left/.test(document.getElementById('left').textContent) && !document.getElementById('progress').hidden");
        await page.UntilAsync(IsDrawn);

        await page.SetAsync("search", "orderpipeline.PRICE");
        await page.UntilAsync("/^[1-9]\\d* frames? found, with .*%/.test(document.getElementById('found').textContent)");
        Assert.True((await page.EvaluateAsync($"{Frames}.some(f => f.__data__.highlight && f.__data__.data.name === 'WebApi.OrderPipeline.Price')")).GetBoolean());
        await KeepPictureAsync(page, "profile");

        double before = await ShareAsync(page, "WebApi.OrderService.Work");
        await page.EvaluateAsync($"{Frames}.find(f => f.__data__.data.name === 'WebApi.OrderService.Work').dispatchEvent(new MouseEvent('click', {{ bubbles: true }}))");
        Assert.Equal(1, await ShareAsync(page, "WebApi.OrderService.Work"), 6);
        await page.ClickAsync("reset");
        Assert.Equal(before, await ShareAsync(page, "WebApi.OrderService.Work"), 6);
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium, Tools.Go)]
    public async Task AHeapProfileIsTurnedComparedAndSaved()
    {
        await using BrowserPage page = await OpenAsync("heap?view=flame&gc=1");
        await page.UntilAsync(IsDrawn);
        await KeepPictureAsync(page, "heap");
        Assert.Matches(@"^[\d.]+ [kMG]B in all\.$", (await page.EvaluateAsync("document.getElementById('facts').textContent")).GetString());

        // Of another type of value, upside down, callees first.
        await page.SetAsync("type", "0");
        Assert.Matches(@"^[\d,]+ in all\.$", (await page.EvaluateAsync("document.getElementById('facts').textContent")).GetString());
        await page.SetAsync("layout", "flame");
        Assert.True(await TopOfAsync(page, "0") > await TopOfAsync(page, "1"));
        await page.SetAsync("layout", "icicle");
        Assert.True(await TopOfAsync(page, "0") < await TopOfAsync(page, "1"));
        await page.SetAsync("type", "1");
        Assert.DoesNotContain("string", await NamesAtAsync(page, 1));
        await page.SetAsync("order", "callers");
        Assert.Contains("string", await NamesAtAsync(page, 1));
        await page.SetAsync("order", "callees");

        await page.ClickAsync("keep");
        await page.UntilAsync("/ at first, .* now: /.test(document.getElementById('facts').textContent)");
        string first = (await page.EvaluateAsync("document.getElementById('facts').textContent")).GetString()!;
        await page.UntilAsync($"(document.getElementById('again').click(), document.getElementById('facts').textContent !== {JsonSerializer.Serialize(first)})");
        await KeepPictureAsync(page, "difference");

        await page.ClickAsync("save");
        string file = Path.Combine(page.Downloads, "heap.pb.gz");
        using (var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1)))
        {
            while (!File.Exists(file))
                await Task.Delay(50, patience.Token);
        }

        Assert.Contains("Type: inuse_space", await Pprof.PrintAsync("-top", file));
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task AThreadsLabelsChooseAndGroupFrames()
    {
        await using BrowserPage page = await OpenAsync("goroutine?view=flame");
        await page.UntilAsync(IsDrawn);
        await KeepPictureAsync(page, "goroutine");
        int all = await CountAsync(page);

        await page.SetAsync("root", "code");
        Assert.Equal(["(no code)", "code=async", "code=native"], (await NamesAtAsync(page, 1)).Order(StringComparer.Ordinal));
        await page.SetAsync("root", "");
        await page.SetAsync("focus", "[\"code\",\"native\"]");
        Assert.InRange(await CountAsync(page), 1, all - 1);
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task AKeyboardIsEnough()
    {
        await using BrowserPage page = await OpenAsync("profile?view=flame&seconds=2");
        await page.UntilAsync(IsDrawn);

        Assert.Equal("tree", (await page.EvaluateAsync("document.querySelector('#chart svg').getAttribute('role')")).GetString());
        Assert.Equal(1, (await page.EvaluateAsync("document.querySelectorAll('#chart [tabindex=\"0\"]').length")).GetInt32());
        await page.EvaluateAsync("document.querySelector('#chart [tabindex=\"0\"]').focus()");
        await page.PressAsync("ArrowDown");
        await page.PressAsync("ArrowDown");
        Assert.Equal("3", (await page.EvaluateAsync("document.activeElement.getAttribute('aria-level')")).GetString());
        string label = (await page.EvaluateAsync("document.activeElement.getAttribute('aria-label')")).GetString()!;
        Assert.Matches(@"^.+: [\d.]+ \w+, [\d.]+ % of all; [\d.]+ % of .+$", label);
        Assert.Equal(label, (await page.EvaluateAsync("document.getElementById('details').textContent")).GetString());

        await page.PressAsync("Enter");
        Assert.Equal(1, (await page.EvaluateAsync("document.activeElement.__data__.x1 - document.activeElement.__data__.x0")).GetDouble(), 6);
        await page.PressAsync("ArrowUp");
        await page.PressAsync("ArrowUp");
        Assert.Equal("1", (await page.EvaluateAsync("document.activeElement.getAttribute('aria-level')")).GetString());
        await page.PressAsync("Escape");
        await page.EvaluateAsync("document.getElementById('list').open = true");
        await page.UntilAsync("document.querySelectorAll('#rows th[scope=row]').length > 3");
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task TheTabKeyReachesEveryControlAndShowsWhereItIs()
    {
        await using BrowserPage page = await OpenAsync("heap?view=flame&gc=1");
        await page.UntilAsync(IsDrawn);
        List<string> reached = [];
        for (int i = 0; i < 15; i++)
        {
            await page.PressAsync("Tab");
            reached.Add((await page.EvaluateAsync("document.activeElement.id || document.activeElement.getAttribute('role') || document.activeElement.tagName")).GetString()!);
            Assert.True((await page.EvaluateAsync(
                "document.activeElement.matches(':focus-visible') && (getComputedStyle(document.activeElement).outlineStyle !== 'none' || getComputedStyle(document.activeElement.querySelector('rect')).strokeWidth === '3px')")).GetBoolean(), reached[^1]);
        }

        Assert.Equal(
            ["seconds", "again", "keep", "save", "top", "type", "order", "layout", "focus", "root", "search", "reset", "treeitem", "SUMMARY", "SUMMARY"],
            reached);
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task AScreenReaderIsToldTheNameOfEveryControl()
    {
        await using BrowserPage page = await OpenAsync("heap?view=flame&gc=1");
        await page.UntilAsync(IsDrawn);
        await page.EvaluateAsync("document.getElementById('list').open = true");
        await page.UntilAsync("document.querySelectorAll('#rows th[scope=row]').length > 3");
        IReadOnlyList<(string Role, string Name)> told = await page.ToldAsync();

        string[] controls = ["button", "link", "combobox", "spinbutton", "searchbox", "textbox", "tree", "treeitem", "progressbar", "rowheader", "columnheader"];
        Assert.Empty(told.Where(one => controls.Contains(one.Role) && one.Name.Length == 0).Select(static one => one.Role));
        (string, string)[] expected =
        [
            ("heading", "heap"), ("spinbutton", "seconds"), ("button", "Collect"), ("button", "Compare with this one"), ("link", "download .pb.gz"), ("link", "top"),
            ("combobox", "value"), ("combobox", "order"), ("combobox", "grows"), ("combobox", "only label"), ("combobox", "group by label"), ("searchbox", "search"),
            ("button", "Reset zoom"), ("tree", "heap: frames by inuse_space (bytes)"), ("columnheader", "function"),
        ];
        Assert.Empty(expected.Except(told));
        Assert.Contains(told, static one => one.Role == "treeitem" && one.Name.StartsWith("all: ", StringComparison.Ordinal));
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task WhatTheServiceRefusesIsShown()
    {
        await using BrowserPage page = await OpenAsync("orders.open?view=flame&seconds=1");
        await page.UntilAsync("document.getElementById('error').textContent === '\"seconds\" parameter is not supported for this profile type'");
        Assert.Equal("", (await page.EvaluateAsync("document.getElementById('seconds').offsetParent ? 'shown' : ''")).GetString());
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task AWaitCanBeStopped()
    {
        await using BrowserPage page = await OpenAsync("profile?view=flame&seconds=600");
        await page.UntilAsync("/^collecting: \\d+ s left$/.test(document.getElementById('left').textContent)");
        await page.ClickAsync("stop");
        await page.UntilAsync("document.getElementById('error').textContent === 'Stopped.' && !document.getElementById('again').disabled");
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task AHundredThousandNodesAreDrawn()
    {
        await using BrowserPage page = await BrowserPage.OpenAsync();
        await page.AnswerTreeWithAsync(LargeTree());
        await page.GoToAsync(await AddressOfAsync("heap?view=flame"));
        await page.UntilAsync(IsDrawn);
        await page.SetAsync("search", "Function7");
        await page.UntilAsync("document.getElementById('found').textContent.endsWith('of all')");
        await KeepPictureAsync(page, "large");
        Assert.Contains(
            "12,345 frames of less than 0.005 % each are shown as [small frames]",
            (await page.EvaluateAsync("document.getElementById('facts').textContent")).GetString());

        // Each of these draws all of it again, and hangs where a tree of callers has no bound.
        double milliseconds = (await page.EvaluateAsync(
            $"{{ const start = performance.now(); const e = document.getElementById('order'); e.value = 'callers'; e.dispatchEvent(new Event('change')); e.value = 'callees'; e.dispatchEvent(new Event('change')); performance.now() - start }}")).GetDouble();
        Assert.InRange(milliseconds, 0, 20_000);
        await KeepTextAsync("large", $"drawn twice in {milliseconds:F0} ms, {await CountAsync(page)} frames on the screen");
        AssertNothingWentWrong(page);
    }

    [ToolTheory(Tools.Linux, Tools.Chromium)]
    [InlineData(Samples.WebApi, "allocs?view=flame&seconds=2")]
    [InlineData(Samples.WebApi, "mutex?view=flame&seconds=2")]
    [InlineData(Samples.WebApi, "block?view=flame&seconds=2")]
    [InlineData(Samples.WebApi, "threadcreate?view=flame")]
    [InlineData(Samples.WebApi, "orders.open?view=flame")]
    [InlineData(Samples.Worker, "profile?view=flame&seconds=2")] // from a listener of its own
    public async Task EveryProfileIsDrawn(string sample, string address)
    {
        await using BrowserPage page = await OpenAsync(address, sample);
        await page.UntilAsync(IsDrawn);
        Assert.True(await CountAsync(page) > 1);
        await KeepPictureAsync(page, $"{sample}.{address.Split('?')[0]}");
        AssertNothingWentWrong(page);
    }

    [ToolFact(Tools.Linux, Tools.Chromium)]
    public async Task TheTableIsAPageWithoutAScript()
    {
        await using BrowserPage page = await OpenAsync("heap?view=top");
        await page.UntilAsync("document.querySelectorAll('table.top tbody tr').length > 3");
        Assert.Equal("collapse", (await page.EvaluateAsync("getComputedStyle(document.querySelector('table')).borderCollapse")).GetString());
        Assert.Equal(0, (await page.EvaluateAsync("document.scripts.length")).GetInt32());
        await KeepPictureAsync(page, "top");
        AssertNothingWentWrong(page);
    }

    private async Task<BrowserPage> OpenAsync(string address, string sample = Samples.WebApi)
    {
        BrowserPage page = await BrowserPage.OpenAsync();
        await page.GoToAsync(await AddressOfAsync(address, sample));
        return page;
    }

    private async Task<string> AddressOfAsync(string address, string sample = Samples.WebApi) => $"{(await Samples.StartAsync(sample)).Url}/debug/pprof/{address}";

    private static void AssertNothingWentWrong(BrowserPage page)
    {
        Assert.Empty(page.Errors);
        Assert.NotEmpty(page.Requests);
        string host = new Uri(page.Requests.First(request => request.StartsWith("http", StringComparison.Ordinal))).Authority;
        Assert.All(page.Requests, request => Assert.True(
            request.StartsWith("data:", StringComparison.Ordinal) || request.StartsWith("blob:", StringComparison.Ordinal) || new Uri(request).Authority == host, request));
    }

    private static async Task<int> CountAsync(BrowserPage page) => (await page.EvaluateAsync($"{Frames}.length")).GetInt32();

    /// <summary>The part of the width that the widest frame of a function has.</summary>
    private static async Task<double> ShareAsync(BrowserPage page, string name) => (await page.EvaluateAsync(
        $"Math.max(...{Frames}.filter(f => f.__data__.data.name === '{name}').map(f => f.__data__.x1 - f.__data__.x0))")).GetDouble();

    private static async Task<string[]> NamesAtAsync(BrowserPage page, int depth) => [.. (await page.EvaluateAsync(
        $"{Frames}.filter(f => f.__data__.depth === {depth}).map(f => f.__data__.data.name)")).EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>The height at which frames of a depth are drawn.</summary>
    private static async Task<double> TopOfAsync(BrowserPage page, string depth) => (await page.EvaluateAsync(
        $"{Frames}.find(f => f.__data__.depth === {depth}).transform.baseVal.getItem(0).matrix.f")).GetDouble();

    /// <summary>Keeps a picture for somebody to look at, where a variable says in which folder.</summary>
    private static async Task KeepPictureAsync(BrowserPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PPROF_TEST_PICTURES") is { Length: > 0 } folder)
        {
            await page.UntilAsync($"{Frames}.every(f => Math.abs(f.querySelector('rect').getBoundingClientRect().width - f.getAttribute('width')) < 2)");
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".png"), await page.TakePictureAsync());
        }
    }

    private static async Task KeepTextAsync(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("PPROF_TEST_PICTURES") is { Length: > 0 } folder)
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".txt"), text);
    }

    /// <summary>What a service answers at the most: 100,000 nodes, each child of one of the hundred before it.</summary>
    private static byte[] LargeTree()
    {
        const int Count = 100_000;
        var random = new Random(1);
        int[] parents = [.. Enumerable.Range(0, Count).Select(i => Math.Max(0, i - random.Next(1, 2_000)))];
        return JsonSerializer.SerializeToUtf8Bytes(new
        {
            profile = "heap",
            time = 0,
            duration = 0,
            types = new[] { new { type = "inuse_space", unit = "bytes" } },
            shown = 0,
            comments = Array.Empty<string>(),
            threshold = 0.00005,
            leftOut = 12_345,
            leftOutLabels = Array.Empty<string>(),
            names = Enumerable.Range(0, 5_000).Select(i => $"Some.Namespace.Function{i}").ToArray(),
            name = Enumerable.Range(0, Count).Select(_ => random.Next(5_000)).ToArray(),
            parent = parents,
            labels = new[] { new Dictionary<string, string>() },
            node = Enumerable.Range(1, Count).ToArray(),
            label = new int[Count],
            values = new[] { Enumerable.Range(0, Count).Select(_ => random.Next(1, 1 << 20)).ToArray() },
            message = "H4sIAAAAAAAAAwMAAAAAAAAAAAA=",
        });
    }
}

using Pprof.EndToEnd.Tests;
using Pprof.Testing;
using Xunit;

namespace Pprof.Tool.Tests;

/// <summary>The flame graph in a file, in a real browser.</summary>
public sealed class FlameTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [ToolFact(Tools.Chromium)]
    public async Task TheFileIsDrawnWithoutAnyOtherFile()
    {
        string page = await WriteAsync(Recorded.PathOf(Recorded.Cpu1));
        await using BrowserPage browser = await BrowserPage.OpenAsync();
        await browser.GoToAsync(new Uri(page).AbsoluteUri);

        await browser.UntilAsync("document.querySelectorAll('g.frame').length > 20");
        await browser.SetAsync("search", "main.sorted");
        await browser.UntilAsync("document.getElementById('found').textContent.includes(' found, with ')");
        await browser.SetAsync("focus", """["route","/mix"]""");
        await browser.UntilAsync("!document.querySelector('svg').textContent.includes('main.sorted')");
        await browser.SetAsync("focus", "");
        Assert.True((await browser.EvaluateAsync("['again', 'keep', 'top'].every(id => document.getElementById(id).hidden)")).GetBoolean());
        Assert.True((await browser.EvaluateAsync("document.getElementById('save').href.startsWith('blob:')")).GetBoolean());
        Assert.Equal(Recorded.Cpu1, (await browser.EvaluateAsync("document.getElementById('save').download")).GetString());
        await SavePictureAsync(browser, "tool-flame.png");

        Assert.Empty(browser.Errors);
        Assert.All(browser.Requests, request => Assert.Matches("^(file|data|blob|about):", request));
    }

    [ToolFact(Tools.Chromium)]
    public async Task TwoProfilesAreCompared()
    {
        string page = await WriteAsync(Recorded.PathOf(Recorded.Heap2), "--base", Recorded.PathOf(Recorded.Heap1), "--sample-index", "alloc_space");
        await using BrowserPage browser = await BrowserPage.OpenAsync();
        await browser.GoToAsync(new Uri(page).AbsoluteUri);

        await browser.UntilAsync("document.querySelectorAll('g.frame').length > 5");
        Assert.Contains("at first", (await browser.EvaluateAsync("document.getElementById('facts').textContent")).GetString(), StringComparison.Ordinal);
        Assert.StartsWith("alloc_space", (await browser.EvaluateAsync("document.getElementById('type').selectedOptions[0].text")).GetString(), StringComparison.Ordinal);
        await SavePictureAsync(browser, "tool-flame-compared.png");
        Assert.Empty(browser.Errors);
    }

    [Fact]
    public async Task TheFileHasNoAddressOfAnotherHost()
    {
        string text = await File.ReadAllTextAsync(await WriteAsync(Recorded.PathOf(Recorded.Cpu1)));

        Assert.DoesNotContain(" src=", text, StringComparison.Ordinal);
        Assert.DoesNotContain("<link rel=\"stylesheet\"", text, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'; script-src 'sha256-", text, StringComparison.Ordinal);
    }

    private async Task<string> WriteAsync(params string[] arguments)
    {
        string page = Path.Combine(_folder.Path, "flame.html");
        Assert.Equal(page, (await ToolRun.PrintAsync(["flame", .. arguments, "-o", page])).Trim());
        return page;
    }

    private static async Task SavePictureAsync(BrowserPage page, string name)
    {
        if (Environment.GetEnvironmentVariable("PPROF_TEST_PICTURES") is { Length: > 0 } folder)
            await File.WriteAllBytesAsync(Path.Combine(folder, name), await page.TakePictureAsync());
    }
}

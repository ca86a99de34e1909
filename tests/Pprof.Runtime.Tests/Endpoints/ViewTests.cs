using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>What <c>view=</c> answers, and that the rules of the endpoints hold for it.</summary>
public sealed class ViewTests : IAsyncLifetime
{
    private const string Html = "text/html; charset=utf-8";
    private const string Custom = "/debug/pprof/my/custom%20&%20%3Cown%3E";

    private readonly TestManifest _manifest = new();
    private RunningService _service = null!;

    public async Task InitializeAsync() => _service = await RunningService.StartAsync(_manifest);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/debug/pprof/heap?view=flame", Html)]
    [InlineData("/debug/pprof/heap?view=flame&debug=1", Html)]
    [InlineData("/debug/pprof/profile?view=flame&seconds=1", Html)]
    [InlineData(Custom + "?view=flame", Html)]
    [InlineData("/debug/pprof/heap?view=flame.js", "text/javascript; charset=utf-8")]
    [InlineData("/debug/pprof/heap?view=flame.css", "text/css; charset=utf-8")]
    public async Task APageAndItsFilesCollectNothing(string path, string contentType)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
        AssertNothingIsCollected();
    }

    [Theory]
    [InlineData("/debug/pprof/heap?view=top", Html)]
    [InlineData("/debug/pprof/heap?view=top&seconds=1", Html)]
    [InlineData("/debug/pprof/profile?view=top&seconds=1", Html)]
    [InlineData("/debug/pprof/heap?view=flame.json", "application/json")]
    [InlineData("/debug/pprof/heap?view=flame.json&seconds=1", "application/json")]
    [InlineData("/debug/pprof/profile?view=flame.json&seconds=1", "application/json")]
    [InlineData(Custom + "?view=flame.json", "application/json")]
    public async Task ViewsOfAProfileAreShownAndNotSaved(string path, string contentType)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Null(response.Content.Headers.ContentDisposition);
        Assert.NotEmpty(await response.Content.ReadAsStringAsync());

        using HttpResponseMessage head = await _service.SendAsync(HttpMethod.Head, path);
        Assert.Equal(contentType, head.Content.Headers.ContentType?.ToString());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/debug/pprof/heap?view=top")]
    [InlineData("/debug/pprof/heap?view=flame.json&seconds=1")]
    [InlineData("/debug/pprof/profile?view=flame.json&seconds=1")]
    public async Task HeadCollectsNothing(string path)
    {
        using HttpResponseMessage head = await _service.SendAsync(HttpMethod.Head, path);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        AssertNothingIsCollected();
    }

    [Theory]
    [InlineData("/debug/pprof/heap?view=pie", 400, "invalid value for \"view\" - must be flame or top")]
    [InlineData("/debug/pprof/parts?view=flame", 400, "\"view\" parameter is not supported for this profile type")]
    [InlineData("/debug/pprof/nosuch?view=flame", 404, "Unknown profile")]
    [InlineData("/debug/pprof/heap?view=flame.json&seconds=0", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?view=top&sample_index=none", 400, "invalid value for \"sample_index\" - must be one of heap")]
    [InlineData("/debug/pprof/profile?view=flame&hz=0", 400, "invalid value for \"hz\" - must be an integer from 1 to 1000")]
    [InlineData(Custom + "?view=flame.json&seconds=1", 400, "\"seconds\" parameter is not supported for this profile type")]
    public async Task ErrorsHaveTheFormOfAllOthers(string path, int status, string text)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(text + "\n", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.False(response.Headers.Contains("Content-Security-Policy"));
        AssertNothingIsCollected();
    }

    [Fact]
    public async Task AFailingCollectorIsAnError()
    {
        _manifest.Heap.Fails = true;
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/heap?view=top");

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("failed to collect profile\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WhoMayNotComeInSeesNoPage()
    {
        using HttpResponseMessage response = await _service.SendAsync(HttpMethod.Get, "/debug/pprof/heap?view=flame", ("X-Forwarded-For", "203.0.113.7"));

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("/debug/pprof/heap?view=flame")]
    [InlineData("/debug/pprof/heap?view=top")]
    public async Task APageMayRunAndFetchNothingFromElsewhere(string path)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        string page = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(" style=", page, StringComparison.Ordinal);
        Assert.DoesNotContain(" on", string.Concat(page.Split('<').Select(tag => tag.Split('>')[0])), StringComparison.Ordinal);
        Assert.DoesNotContain("//", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThePageNamesTheProfileAndEscapesIt()
    {
        string page = await _service.BodyAsync(Custom + "?view=flame");

        Assert.Contains("data-profile=\"my/custom &amp; &lt;own&gt;\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<own>", page, StringComparison.Ordinal);
        Assert.Contains("CPU time &lt;by&gt; stack.", await _service.BodyAsync("/debug/pprof/profile?view=flame"), StringComparison.Ordinal);
        Assert.Contains("data-seconds=\"30\"", await _service.BodyAsync("/debug/pprof/profile?view=flame"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/plain", true)]
    [InlineData("text/plain, */*;q=0.1", true)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", false)]
    public async Task TopIsTextForWhoAsksForIt(string accept, bool isText)
    {
        using HttpResponseMessage response = await _service.SendAsync(HttpMethod.Get, "/debug/pprof/heap?view=top", ("Accept", accept));

        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(isText ? "text/plain" : "text/html", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("Accept", response.Headers.Vary.ToString());
        Assert.Contains(isText ? "         1   100%   100%          1   100%  [unknown stack]\n" : "<th scope=\"row\">[unknown stack]</th>", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TopShowsTheTypeThatIsAskedFor()
    {
        Assert.Contains("<li>Type: cpu</li>", await _service.BodyAsync("/debug/pprof/profile?view=top&seconds=1"), StringComparison.Ordinal);
        Assert.Contains("<li>Type: samples</li>", await _service.BodyAsync("/debug/pprof/profile?view=top&seconds=1&sample_index=samples"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADifferenceIsThatOfTheSeconds()
    {
        JsonElement tree = JsonDocument.Parse(await _service.BodyAsync("/debug/pprof/heap?view=flame.json&seconds=1")).RootElement;

        Assert.Equal("[[1]]", tree.GetProperty("values").GetRawText());
        Assert.True(tree.GetProperty("duration").GetInt64() >= 1_000_000_000);
    }

    /// <summary>After a change of its sources build.sh has to run again.</summary>
    [Fact]
    public async Task TheFilesWereMadeOfTheSourcesThatAreHere()
    {
        string[] sources = ["flame.js", "tree.js", "still.js", "flame.css", "package.json", "package-lock.json", "build.sh"];
        byte[] source = [.. sources
            .SelectMany(static name => File.ReadAllBytes(Repository.PathOf("src", "Pprof.Runtime", "Endpoints", "Views", "Web", name)))
            .Where(static b => b != (byte)'\r')];
        string expected = $"/* Made by build.sh of {Convert.ToHexStringLower(SHA256.HashData(source))}.";

        Assert.StartsWith(expected, await FileAsync("flame.js"), StringComparison.Ordinal);
        Assert.StartsWith(expected, await FileAsync("flame.css"), StringComparison.Ordinal);
    }

    private async Task<string> FileAsync(string view)
    {
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/heap?view=" + view);
        Assert.Equal("gzip", Assert.Single(response.Content.Headers.ContentEncoding));
        using var plain = new StreamReader(new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress));
        return await plain.ReadToEndAsync();
    }

    private void AssertNothingIsCollected()
    {
        Assert.Equal(0, _manifest.Heap.Snapshots);
        Assert.Null(_manifest.Cpu.Duration);
    }
}

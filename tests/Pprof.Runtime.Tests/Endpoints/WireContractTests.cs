using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pprof.Collectors;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>Status, headers and texts of every endpoint, by the cases of Go's own tests and some more.</summary>
public sealed class WireContractTests : IAsyncLifetime
{
    private const string Text = "text/plain; charset=utf-8";
    private const string Octets = "application/octet-stream";

    private readonly TestManifest _manifest = new();
    private RunningService _service = null!;

    public async Task InitializeAsync() => _service = await RunningService.StartAsync(_manifest);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Theory]
    [InlineData("/debug/pprof/heap", Octets, "heap")]
    [InlineData("/debug/pprof/heap?debug=0", Octets, "heap")]
    [InlineData("/debug/pprof/heap?debug=abc", Octets, "heap")]
    [InlineData("/debug/pprof/heap?Debug=1", Octets, "heap")]
    [InlineData("/debug/pprof/heap?seconds=", Octets, "heap")]
    [InlineData("/debug/pprof/heap?debug=1", Text, null)]
    [InlineData("/debug/pprof/heap?debug=-1", Text, null)]
    [InlineData("/debug/pprof/heap?debug=99999999999999999999", Text, null)]
    [InlineData("/debug/pprof/heap?debug=2&debug=0", Text, null)]
    [InlineData("/debug/pprof/cmdline", Text, null)]
    [InlineData("/debug/pprof/symbol", Text, null)]
    [InlineData("/debug/pprof/profile?seconds=1", Octets, "profile")]
    [InlineData("/debug/pprof/profile?seconds=1&debug=1", Octets, "profile")]
    [InlineData("/debug/pprof/profile?seconds=1&native=raw", Octets, "profile")]
    [InlineData("/debug/pprof/profile?seconds=1&native=", Octets, "profile")]
    [InlineData("/debug/pprof/mutex", Octets, "mutex")]
    [InlineData("/debug/pprof/mutex?native=whatever", Octets, "mutex")]
    [InlineData("/debug/pprof/block?seconds=1", Octets, "block-delta")]
    [InlineData("/debug/pprof/goroutine?seconds=1", Octets, "goroutine-delta")]
    [InlineData("/debug/pprof/my/custom%20&%20%3Cown%3E", Octets, "my/custom & <own>")]
    [InlineData("/debug/pprof/", "text/html; charset=utf-8", null)]
    public async Task SuccessHasTheHeadersOfGo(string path, string contentType, string? fileName)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Equal(fileName is null ? null : $"attachment; filename=\"{fileName}\"", Header(response, "Content-Disposition"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Null(Header(response, "X-Go-Pprof"));
        Assert.Null(Header(response, "Cache-Control"));
        Assert.Null(Header(response, "Content-Encoding"));
    }

    /// <summary>What is in use is known as of the last collection: there is one before each snapshot of a difference.</summary>
    [Fact]
    public async Task GarbageIsCollectedAtBothEndsOfAWindow()
    {
        var garbage = new List<WeakReference> { OldGarbage() };
        List<bool> isAlive = [];
        _manifest.Heap.Work = () =>
        {
            isAlive.Add(garbage[^1].IsAlive);
            garbage.Add(OldGarbage());
            return Task.CompletedTask;
        };

        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/heap?gc=1&seconds=1");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal([false, false], isAlive);
    }

    [Theory]
    [InlineData("/debug/pprof/<script>scripty<script>", 404, "Unknown profile")]
    [InlineData("/debug/pprof/nosuch", 404, "Unknown profile")]
    [InlineData("/debug/pprof/nosuch?seconds=abc", 404, "Unknown profile")]
    [InlineData("/debug/pprof/Heap", 404, "Unknown profile")]
    [InlineData("/debug/pprof/heap/", 404, "Unknown profile")]
    [InlineData("/debug/pprof/symbol/", 404, "Unknown profile")]
    [InlineData("/debug/pprof/cmdline/x", 404, "Unknown profile")]
    [InlineData("/debug/pprof/heap?seconds=0", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=-1", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=1.5", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=abc", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=99999999999999999999", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=abc&debug=1", 400, "invalid value for \"seconds\" - must be a positive integer")]
    [InlineData("/debug/pprof/heap?seconds=1&debug=1", 400, "seconds and debug params are incompatible")]
    [InlineData("/debug/pprof/my/custom%20&%20%3Cown%3E?seconds=1", 400, "\"seconds\" parameter is not supported for this profile type")]
    [InlineData("/debug/pprof/my/custom%20&%20%3Cown%3E?seconds=1&debug=1", 400, "\"seconds\" parameter is not supported for this profile type")]
    [InlineData("/debug/pprof/profile?native=names", 400, "invalid value for \"native\" - must be raw")]
    [InlineData("/debug/pprof/profile?native=1&native=raw", 400, "invalid value for \"native\" - must be raw")]
    [InlineData("/debug/pprof/profile?hz=0", 400, "invalid value for \"hz\" - must be an integer from 1 to 1000")]
    [InlineData("/debug/pprof/profile?hz=1001", 400, "invalid value for \"hz\" - must be an integer from 1 to 1000")]
    [InlineData("/debug/pprof/profile?hz=99.5", 400, "invalid value for \"hz\" - must be an integer from 1 to 1000")]
    public async Task ErrorHasTheTextOfGo(string path, int status, string text)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        await AssertErrorAsync(response, status, text);
        Assert.Null(_manifest.Cpu.Duration);
    }

    [Theory]
    [InlineData("", 30, 100)]
    [InlineData("?seconds=", 30, 100)]
    [InlineData("?seconds=1.5", 30, 100)]
    [InlineData("?seconds=abc", 30, 100)]
    [InlineData("?seconds=0", 30, 100)]
    [InlineData("?seconds=-7", 30, 100)]
    [InlineData("?seconds=+7", 30, 100)]
    [InlineData("?seconds=%2B7", 7, 100)]
    [InlineData("?seconds=0x10", 30, 100)]
    [InlineData("?seconds=99999999999999999999", 30, 100)]
    [InlineData("?seconds=9223372036854775807", 2147483, 100)]
    [InlineData("?seconds=2&seconds=9", 2, 100)]
    [InlineData("?seconds=3;hz=5&seconds=9", 9, 100)]
    [InlineData("?s%65conds=5", 5, 100)]
    [InlineData("?seconds=5&hz=", 5, 100)]
    [InlineData("?seconds=5&hz=1", 5, 1)]
    [InlineData("?seconds=5&hz=1000", 5, 1000)]
    public async Task CpuProfileReadsItsParametersAsGoDoes(string query, int seconds, int rate)
    {
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/profile" + query);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(seconds), _manifest.Cpu.Duration);
        Assert.Equal(rate, _manifest.Cpu.Rate);
    }

    [Theory]
    [InlineData("/debug/pprof", "/debug/pprof/")]
    [InlineData("/debug/pprof?x=1", "/debug/pprof/?x=1")]
    [InlineData("/debug/pprof//heap?debug=1", "/debug/pprof/heap?debug=1")]
    [InlineData("/debug//pprof/heap", "/debug/pprof/heap")]
    [InlineData("/debug/pprof//", "/debug/pprof/")]
    [InlineData("/debug//pprof", "/debug/pprof/")]
    public async Task UncleanPathIsRedirected(string path, string location)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.Equal(location, RunningService.TargetOf(response));
        Assert.Equal("/behind/a/proxy" + location, RunningService.TargetOf(response, prefix: "/behind/a/proxy"));
        Assert.Contains("Moved Permanently", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LeadingDoubleSlashIsRedirectedToThisServer()
    {
        var address = new UriBuilder(_service.Client.BaseAddress!) { Path = "//debug/pprof/heap" };
        using HttpResponseMessage response = await _service.Client.GetAsync(address.Uri);

        Assert.Equal("/debug/pprof/heap", RunningService.TargetOf(response));
    }

    [Theory]
    [InlineData("/debug/pprofx")]
    [InlineData("/debug")]
    [InlineData("/x/debug/pprof/")]
    public async Task OtherPathsAreTheApplications(string path)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Null(Header(response, "X-Content-Type-Options"));
    }

    [Theory]
    [InlineData("POST", "/debug/pprof/heap", "GET, HEAD")]
    [InlineData("POST", "/debug/pprof", "GET, HEAD")]
    [InlineData("POST", "/debug/pprof/nosuch", "GET, HEAD")]
    [InlineData("PUT", "/debug/pprof/", "GET, HEAD")]
    [InlineData("OPTIONS", "/debug/pprof/profile", "GET, HEAD")]
    [InlineData("DELETE", "/debug/pprof/symbol", "GET, HEAD, POST")]
    public async Task OtherMethodsAreNotAllowed(string method, string path, string allowed)
    {
        using HttpResponseMessage response = await _service.SendAsync(new HttpMethod(method), path);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
        Assert.Equal(allowed, string.Join(", ", response.Content.Headers.Allow));
        Assert.Equal("Method Not Allowed\n", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/debug/pprof/", "text/html; charset=utf-8")]
    [InlineData("/debug/pprof/heap", Octets)]
    [InlineData("/debug/pprof/heap?debug=1", Text)]
    [InlineData("/debug/pprof/heap?seconds=1", Octets)]
    [InlineData("/debug/pprof/profile?seconds=1", Octets)]
    [InlineData("/debug/pprof/cmdline", Text)]
    public async Task HeadHasHeadersAndCollectsNothing(string path, string contentType)
    {
        using HttpResponseMessage response = await _service.SendAsync(HttpMethod.Head, path);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType?.ToString());
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(0, _manifest.Heap.Snapshots);
        Assert.Null(_manifest.Cpu.Duration);
    }

    [Fact]
    public async Task TextFormIsThatOfTheShape()
    {
        Assert.StartsWith("heap profile: total 1\n1 @ 0x4\n#\t0x3\t[unknown stack]", await _service.BodyAsync("/debug/pprof/heap?debug=2"));
    }

    [Fact]
    public async Task CommandLineIsJoinedByNul()
    {
        Assert.Equal(Environment.GetCommandLineArgs(), (await _service.BodyAsync("/debug/pprof/cmdline")).Split('\0'));
    }

    [Fact]
    public async Task ProfileThatCannotBeCollectedHereSaysWhy()
    {
        _manifest.Cpu.Reason = "no timers; run it on Linux";
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/profile?seconds=1");

        await AssertErrorAsync(response, 501, "no timers; run it on Linux");
    }

    [Fact]
    public async Task BusyCollectorAnswersWithItsOwnText()
    {
        _manifest.Cpu.Work = _ => throw new ProfilerBusyException("Could not enable CPU profiling: cpu profiling already in use");
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/profile?seconds=1");

        await AssertErrorAsync(response, 500, "Could not enable CPU profiling: cpu profiling already in use");
    }

    [Theory]
    [InlineData("/debug/pprof/heap")]
    [InlineData("/debug/pprof/heap?seconds=1")]
    public async Task FailingCollectorIsLoggedAndNotShown(string path)
    {
        _manifest.Heap.Fails = true;
        using HttpResponseMessage response = await _service.GetAsync(path);

        await AssertErrorAsync(response, 500, "failed to collect profile");
        Assert.Contains(_service.Log.OfPprof, entry => entry.Level == LogLevel.Error);
    }

    // Of the last generation, in which only a full collection finds it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference OldGarbage()
    {
        object garbage = new();
        while (GC.GetGeneration(garbage) < GC.MaxGeneration)
        {
            GC.Collect();
        }

        return new WeakReference(garbage);
    }

    private static async Task AssertErrorAsync(HttpResponseMessage response, int status, string text)
    {
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(text + "\n", await response.Content.ReadAsStringAsync());
        Assert.Equal(Text, response.Content.Headers.ContentType?.ToString());
        Assert.Equal("1", Header(response, "X-Go-Pprof"));
        Assert.Equal("nosniff", Header(response, "X-Content-Type-Options"));
        Assert.Null(Header(response, "Content-Disposition"));
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values)
            ? values.ToString()
            : null;
}

using System.IO.Compression;
using System.Net;
using Xunit;
using Proto = Pprof.Tool.Proto;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>
/// What has come since the last request, at the paths of the library godeltaprof. The value of the one sample is the number of
/// snapshots that were taken of it.
/// </summary>
public sealed class IncrementTests : IAsyncLifetime
{
    private const string Path = "/debug/pprof/delta_heap";

    private readonly TestManifest _manifest = new();
    private RunningService _service = null!;

    public async Task InitializeAsync() => _service = await RunningService.StartAsync(_manifest);

    public async Task DisposeAsync() => await _service.DisposeAsync();

    [Fact]
    public async Task TheFirstIsSinceTheStartAndTheOthersSinceTheLast()
    {
        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage other = await _service.GetAsync("/debug/pprof/heap");
        }

        using HttpResponseMessage response = await _service.GetAsync(Path);

        Assert.Equal(4, await ValueAsync(response));
        Assert.Equal("application/octet-stream", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("attachment; filename=\"heap.pprof.gz\"", response.Content.Headers.GetValues("Content-Disposition").Single());
        Assert.Equal(1, await ValueAsync(Path));
        using HttpResponseMessage last = await _service.GetAsync("/debug/pprof/heap?seconds=1");
        Assert.Equal(3, await ValueAsync(Path + "?seconds=5&debug=1&view=top"));
    }

    [Fact]
    public async Task NothingIsInTheAnswersOfTwoWhoAskAtTheSameTime()
    {
        _manifest.Heap.Work = async () => await Task.Yield();

        long[] values = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => ValueAsync(Path)));

        Assert.Equal(_manifest.Heap.Snapshots, values.Sum());
        Assert.DoesNotContain(values, static value => value < 1);
    }

    [Fact]
    public async Task WhoHangsUpWhileItIsCollectedTakesNothing()
    {
        var begun = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        _manifest.Heap.Work = () =>
        {
            begun.TrySetResult();
            return goOn.Task;
        };
        using var hangUp = new CancellationTokenSource();
        Task<HttpResponseMessage> first = _service.Client.GetAsync(Path, hangUp.Token);
        await begun.Task;
        Task<long> second = ValueAsync(Path);
        Task<HttpResponseMessage> third = _service.Client.GetAsync(Path, hangUp.Token);

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        _manifest.Heap.Work = static () => Task.CompletedTask;
        goOn.SetException(new OperationCanceledException());

        Assert.Equal(1, await second);
        Assert.Equal(1, _manifest.Heap.Snapshots);
    }

    [Fact]
    public async Task HeadTakesNothing()
    {
        using HttpResponseMessage head = await _service.SendAsync(HttpMethod.Head, Path);

        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(0, _manifest.Heap.Snapshots);
    }

    [Theory]
    [InlineData("delta_goroutine")]
    [InlineData("delta_profile")]
    [InlineData("delta_")]
    [InlineData("delta_delta_heap")]
    [InlineData("Delta_heap")]
    public async Task OthersAreUnknown(string name)
    {
        using HttpResponseMessage response = await _service.GetAsync("/debug/pprof/" + name);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("Unknown profile\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task TheRuleOfAccessHoldsForThem()
    {
        using HttpResponseMessage forwarded = await _service.SendAsync(HttpMethod.Get, Path, ("X-Forwarded-For", "10.0.0.1"));

        Assert.Equal(HttpStatusCode.Forbidden, forwarded.StatusCode);
        Assert.Equal(0, _manifest.Heap.Snapshots);
    }

    /// <summary>Go's page has none, and whoever looks at one takes it from the engine.</summary>
    [Fact]
    public async Task TheIndexPageDoesNotNameThem() =>
        Assert.DoesNotContain("delta_", await _service.BodyAsync("/debug/pprof/"), StringComparison.Ordinal);

    private async Task<long> ValueAsync(string path)
    {
        using HttpResponseMessage response = await _service.GetAsync(path);
        return await ValueAsync(response);
    }

    private static async Task<long> ValueAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var unzipped = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        return Proto.Profile.Parser.ParseFrom(unzipped).Sample.Sum(static sample => sample.Value[0]);
    }
}

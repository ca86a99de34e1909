using System.Net;
using Microsoft.AspNetCore.Builder;
using Pprof.Collectors;
using Pprof.Endpoints.Query;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>The third kind of profile: bytes that are sent while they come.</summary>
public sealed class StreamProfileTests
{
    private readonly TestManifest _manifest = new();

    [Fact]
    public async Task BytesArriveWhileTheProfileIsUnderWay()
    {
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _manifest.Parts.Between = _ => go.Task;
        await using RunningService service = await RunningService.StartAsync(
            _manifest, builder => builder.Services.AddResponseCompression(options => options.EnableForHttps = true), app => app.UseResponseCompression());

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts", HttpCompletionOption.ResponseHeadersRead);
        await using Stream body = await response.Content.ReadAsStreamAsync();
        byte[] first = new byte[6];
        await body.ReadExactlyAsync(first);
        Assert.Equal("first "u8.ToArray(), first);
        go.SetResult();

        Assert.Equal("second", await new StreamReader(body).ReadToEndAsync());
        Assert.Equal("application/x-parts", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("parts", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Null(response.Content.Headers.ContentLength);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("?seconds=0.25", 0.25)]
    [InlineData("?seconds=1e-2", 0.01)]
    [InlineData("?seconds=3", 3)]
    [InlineData("?seconds=0", 1)]
    [InlineData("?seconds=-2", 1)]
    [InlineData("?seconds=abc", 1)]
    [InlineData("?seconds=NaN", 0)]
    [InlineData("?seconds=%2BInf", 0)]
    [InlineData("?seconds=1e300", int.MaxValue / 1000)]
    public async Task SecondsMayHaveAFraction(string query, double seconds)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        Assert.Equal("first second", await service.BodyAsync("/debug/pprof/parts" + query));
        Assert.Equal(TimeSpan.FromSeconds(seconds), _manifest.Parts.Duration);
        Assert.Equal(2, _manifest.Parts.Argument);
    }

    [Theory]
    [InlineData("parts=9", 9)]
    [InlineData("parts=0", 0)]
    public async Task ParameterOfTheRowReachesTheCollector(string query, long value)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        await service.BodyAsync("/debug/pprof/parts?" + query);
        Assert.Equal(value, _manifest.Parts.Argument);
    }

    [Theory]
    [InlineData("parts=10")]
    [InlineData("parts=-1")]
    [InlineData("parts=two")]
    [InlineData("parts=99999999999999999999")]
    public async Task ParameterOutOfBoundsIsRefusedBeforeAnythingIsCollected(string query)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid value for \"parts\" - must be an integer from 0 to 9\n", await response.Content.ReadAsStringAsync());
        Assert.Null(_manifest.Parts.Duration);
    }

    [Theory]
    [InlineData("", 5)]
    [InlineData("words=", 5)]
    [InlineData("words=two", 2)]
    [InlineData("words=three,one", 5)]
    [InlineData("words=two, two", 2)]
    public async Task WordsAreABitForEach(string query, long value)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        await service.BodyAsync("/debug/pprof/parts?" + query);
        Assert.Equal(value, _manifest.Parts.Words);
    }

    [Theory]
    [InlineData("words=four")]
    [InlineData("words=one,")]
    [InlineData("words=One")]
    public async Task AnUnknownWordIsRefusedWithThoseThatAreKnown(string query)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid value for \"words\" - must be one or more of one, two, three, with commas between them\n", await response.Content.ReadAsStringAsync());
        Assert.Null(_manifest.Parts.Duration);
    }

    [Theory]
    [InlineData("", "plain", "", "parts")]
    [InlineData("format=plain", "plain", "", "parts")]
    [InlineData("format=fine", "fine", "", "parts.fine")]
    [InlineData("format=fine&grain=a%2Cb+c", "fine", "a,b c", "parts.fine")]
    public async Task AFormatHasAFileNameAndParametersOfItsOwn(string query, string format, string grain, string fileName)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts?" + query);
        Assert.Equal(fileName, response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal((format, grain), _manifest.Parts.Asked);
    }

    [Theory]
    [InlineData("format=coarse", "invalid value for \"format\" - must be plain or fine")]
    [InlineData("format=Fine", "invalid value for \"format\" - must be plain or fine")]
    [InlineData("grain=a", "invalid value for \"grain\" - goes with format=fine only")]
    [InlineData("format=fine&grain=none", "invalid value for \"grain\" - there must be some")]
    public async Task AFormatThatThereIsNotIsRefusedBeforeAnythingIsCollected(string query, string text)
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal(text + "\n", await response.Content.ReadAsStringAsync());
        Assert.Null(response.Content.Headers.ContentDisposition);
        Assert.Null(_manifest.Parts.Duration);
    }

    [Fact]
    public async Task ATextThatIsTooLongIsRefused()
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts?format=fine&grain=" + new string('a', 4097));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid value for \"grain\" - has more than 4096 characters\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task WhatFailsBeforeTheFirstByteIsAnsweredWithItsReason()
    {
        _manifest.Parts.Before = () => throw new ProfilerBusyException("Could not enable tracing: tracing is already enabled");
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("text/plain; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("Could not enable tracing: tracing is already enabled\n", await response.Content.ReadAsStringAsync());
        Assert.Null(response.Content.Headers.ContentDisposition);
    }

    [Fact]
    public async Task WhatFailsAfterItIsCutOffAndNoWholeAnswer()
    {
        _manifest.Parts.Between = _ => throw new InvalidOperationException("broken");
        await using RunningService service = await RunningService.StartAsync(_manifest);

        await Assert.ThrowsAsync<HttpRequestException>(() => service.Client.GetStringAsync("/debug/pprof/parts"));
    }

    [Fact]
    public async Task ClientThatHangsUpEndsIt()
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _manifest.Parts.Between = async cancellation =>
        {
            started.SetResult();
            using CancellationTokenRegistration _ = cancellation.Register(() => ended.SetResult(true));
            await ended.Task;
            cancellation.ThrowIfCancellationRequested();
        };
        await using RunningService service = await RunningService.StartAsync(_manifest);
        using var hangUp = new CancellationTokenSource();
        Task request = service.Client.GetStringAsync("/debug/pprof/parts", hangUp.Token);
        await started.Task;
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.True(await ended.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task HeadHasTheHeadersAndCollectsNothing()
    {
        await using RunningService service = await RunningService.StartAsync(_manifest);

        using HttpResponseMessage response = await service.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/debug/pprof/parts?format=fine"));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("parts.fine", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        Assert.Equal("application/x-parts", response.Content.Headers.ContentType?.MediaType);
        Assert.Null(_manifest.Parts.Duration);
    }

    [Fact]
    public void DurationsOfATimedProfileAreWhole() =>
        Assert.Equal(TimeSpan.FromSeconds(30), RequestDuration.OfWholeSeconds("1.5", 30));
}

using System.Net;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>A collection ends when nobody waits for it any longer.</summary>
public sealed class CancellationTests
{
    [Fact]
    public async Task ClientThatHangsUpCancelsTheCollector()
    {
        var manifest = new TestManifest();
        (Task started, Task<bool> canceled) = WaitForever(manifest);
        await using RunningService service = await RunningService.StartAsync(manifest);
        using var hangUp = new CancellationTokenSource();
        Task request = service.Client.GetAsync("/debug/pprof/profile?seconds=9999999999", hangUp.Token);
        await started;
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.True(await canceled);
        await HungUpAsync(service);
        Assert.DoesNotContain(service.Log.All, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NextProfileWorksAfterAHangUp()
    {
        var manifest = new TestManifest();
        (Task started, Task<bool> canceled) = WaitForever(manifest);
        await using RunningService service = await RunningService.StartAsync(manifest);
        using var hangUp = new CancellationTokenSource();
        Task request = service.Client.GetAsync("/debug/pprof/profile", hangUp.Token);
        await started;
        await hangUp.CancelAsync();
        await canceled;
        manifest.Cpu.Work = _ => Task.CompletedTask;
        using HttpResponseMessage next = await service.GetAsync("/debug/pprof/profile?seconds=1");

        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
    }

    [Fact]
    public async Task SilentResponseOutlivesTheLimitsOfTheServer()
    {
        var manifest = new TestManifest();
        manifest.Cpu.Work = cancellation => Task.Delay(TimeSpan.FromSeconds(4), cancellation);
        await using RunningService service = await RunningService.StartAsync(manifest, builder => builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = new MinDataRate(1_000_000, TimeSpan.FromMilliseconds(1100));
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(1);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(1);
        }));
        using HttpResponseMessage response = await service.GetAsync("/debug/pprof/profile?seconds=4");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.NotEmpty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task ShutdownDoesNotWaitForAProfile()
    {
        var manifest = new TestManifest();
        (Task started, Task<bool> canceled) = WaitForever(manifest);
        await using RunningService service = await RunningService.StartAsync(manifest);
        Task<HttpResponseMessage> request = service.GetAsync("/debug/pprof/profile");
        await started;
        service.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        using HttpResponseMessage response = await request;

        Assert.True(await canceled);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("the application is shutting down\n", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task ShutdownInAStreamIsNoError()
    {
        var manifest = new TestManifest();
        manifest.Parts.Between = static cancellation => Task.Delay(Timeout.Infinite, cancellation);
        await using RunningService service = await RunningService.StartAsync(manifest);
        using HttpResponseMessage response = await service.Client.GetAsync("/debug/pprof/parts", HttpCompletionOption.ResponseHeadersRead);
        service.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        await Assert.ThrowsAsync<HttpRequestException>(() => response.Content.ReadAsStringAsync());
        await LoggedAsync(service, "shutting down");
        Assert.DoesNotContain(service.Log.OfPprof, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task DeltaEndsWithItsClient()
    {
        var manifest = new TestManifest();
        await using RunningService service = await RunningService.StartAsync(manifest);
        using var hangUp = new CancellationTokenSource();
        Task request = service.Client.GetAsync("/debug/pprof/heap?seconds=9999999999", hangUp.Token);
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (manifest.Heap.Snapshots == 0)
        {
            await Task.Delay(5, patience.Token);
        }

        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await HungUpAsync(service);

        Assert.Equal(1, manifest.Heap.Snapshots);
    }

    private static Task HungUpAsync(RunningService service) => LoggedAsync(service, "hung up");

    /// <summary>Waits until the server has noticed, which is after its client has.</summary>
    private static async Task LoggedAsync(RunningService service, string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!service.Log.OfPprof.Any(entry => entry.Text.Contains(text, StringComparison.Ordinal)))
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private static (Task Started, Task<bool> Canceled) WaitForever(TestManifest manifest)
    {
        var started = new TaskCompletionSource();
        var canceled = new TaskCompletionSource<bool>();
        manifest.Cpu.Work = async cancellation =>
        {
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                canceled.SetResult(cancellation.IsCancellationRequested);
            }
        };
        return (started.Task.WaitAsync(TimeSpan.FromMinutes(1)), canceled.Task.WaitAsync(TimeSpan.FromMinutes(1)));
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pprof.Tool.Tests;

/// <summary>A service that answers with a profile, for <c>/never</c> not before the client has left.</summary>
internal sealed class CollectionService : IAsyncDisposable
{
    private readonly WebApplication _service;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private CollectionService(WebApplication service) => _service = service;

    /// <summary>Where it listens.</summary>
    public string Address => _service.Urls.First();

    /// <summary>Completes when a client waits for an answer that does not come.</summary>
    public Task Asked => _asked.Task;

    /// <summary>Completes when it has hung up.</summary>
    public Task Left => _left.Task;

    /// <summary>Starts it.</summary>
    public static async Task<CollectionService> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var service = new CollectionService(builder.Build());
        service._service.Urls.Add("http://127.0.0.1:0");
        service._service.Run(service.AnswerAsync);
        await service._service.StartAsync();
        return service;
    }

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Path == "/never")
        {
            _asked.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            _left.TrySetResult();
        }
        else
        {
            // Until the bar has been drawn: by then whoever watches has seen it.
            await Task.Delay(TimeSpan.FromSeconds(context.Request.Query.ContainsKey("seconds") ? 1 : 0), context.RequestAborted);
            await context.Response.SendFileAsync(Recorded.PathOf(Recorded.Heap1));
        }
    }
}

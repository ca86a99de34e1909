using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Pprof.Runtime.Tests.Endpoints;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>Profile requests in the application's tracing.</summary>
public sealed class TracingTests
{
    [Theory]
    [InlineData("/debug/pprof/heap", false)]
    [InlineData("/debug/pprof/", false)]
    [InlineData("/base/debug/pprof/heap", false)]
    [InlineData("/debug/pprof/nosuch", false)]
    [InlineData("/hello", true)]
    public async Task OnlyRequestsOfTheApplicationAreSpans(string path, bool expected)
    {
        await using RunningService service = await RunningService.StartAsync(
            new TestManifest(),
            use: app =>
            {
                app.UsePathBase("/base");
                app.UseRouting();
                app.MapGet("/hello", () => "hello");
            });

        Assert.Equal(expected ? ["Microsoft.AspNetCore.Hosting.HttpRequestIn"] : [], await SpansOfAsync(new Uri(service.Client.BaseAddress!, path)));
    }

    [Fact]
    public async Task MappedEndpointsAreNoSpans()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(), use: app => app.MapPprof("/own"));

        Assert.Empty(await SpansOfAsync(new Uri(service.Client.BaseAddress!, "/own/heap")));
    }

    [Fact]
    public async Task ListenerOfItsOwnMakesNoSpans()
    {
        await using RunningService service = await RunningService.StartAsync(new TestManifest(options => options.ListenUrl = "http://127.0.0.1:0"));
        string line = service.Log.OfPprof.Select(entry => entry.Text).Single(text => text.StartsWith("pprof serves", StringComparison.Ordinal));

        Assert.Empty(await SpansOfAsync(new Uri(new Uri(line.Split(' ')[2]), "heap")));
    }

    /// <summary>The spans of a request that a tracing library would export.</summary>
    private static async Task<IEnumerable<string>> SpansOfAsync(Uri address)
    {
        // Other tests send requests at the same time.
        var trace = ActivityTraceId.CreateRandom();
        var spans = new ConcurrentQueue<string>();
        using var stopped = new SemaphoreSlim(0);
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal),
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == trace && (activity.IsAllDataRequested || activity.Recorded))
                {
                    spans.Enqueue(activity.OperationName);
                }

                if (activity.TraceId == trace)
                {
                    stopped.Release();
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null });
        client.DefaultRequestHeaders.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        using HttpResponseMessage response = await client.GetAsync(address);

        // A span ends after its response.
        await stopped.WaitAsync(TimeSpan.FromSeconds(1));
        return spans;
    }
}

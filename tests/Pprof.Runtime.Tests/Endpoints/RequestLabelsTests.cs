using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Pprof.Endpoints;
using Pprof.Labels;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>What requests are labelled with while a profile is under way, as the code that handles them sees it.</summary>
public sealed class RequestLabelsTests
{
    [Fact]
    public async Task ARequestHasItsMethodAndThePatternOfItsRoute()
    {
        await using RunningService service = await StartAsync();
        using var labels = new RequestLabels(PprofLabelsOf.Routes);

        Assert.Equal("http_method=GET http_route=/orders/{id}", await service.Client.GetStringAsync("/orders/17"));
        Assert.Equal("http_method=POST http_route=/orders/{id}", await PostAsync(service, "/orders/17"));
        Assert.Equal("http_method=GET http_route=/plain", await service.Client.GetStringAsync("/plain"));

        // On the same connection; there is no route.
        Assert.Equal("none: ", await service.Client.GetStringAsync("/nowhere"));
    }

    [Fact]
    public async Task AMethodThatNobodyKnowsIsNoLabelOfItsOwn()
    {
        await using RunningService service = await StartAsync();
        using var labels = new RequestLabels(PprofLabelsOf.Routes);

        HttpResponseMessage response = await service.Client.SendAsync(new HttpRequestMessage(new HttpMethod("BREW"), "/any"));

        Assert.Equal("http_method=_OTHER http_route=/any", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task LabelsOfTheApplicationStayAndTheNearestHolds()
    {
        await using RunningService service = await StartAsync();
        using var labels = new RequestLabels(PprofLabelsOf.Routes);

        Assert.Equal("http_method=GET http_route=mine tenant=acme", await service.Client.GetStringAsync("/own"));
    }

    /// <summary>Whether anything is sampled all the time other tests decide too, so that what is asked is asked again.</summary>
    [Fact]
    public async Task WithoutAProfileThereAreRoutesOnlyWhileSomethingIsSampledAllTheTime()
    {
        await using RunningService service = await StartAsync();
        RequestLabels.FollowLifetime();
        object source = new();
        new RequestLabels(PprofLabelsOf.Routes).Dispose();
        LifetimeRoutes.Want(source, true);
        try
        {
            await AnswersAsync(isAllowed: true, "http_method=GET http_route=/orders/{id}");
            await AnswersAsync(isAllowed: false, "");
        }
        finally
        {
            LifetimeRoutes.Want(source, false);
        }

        async Task AnswersAsync(bool isAllowed, string expected)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            string labels;
            do
            {
                LifetimeRoutes.Allow(isAllowed);
                labels = await service.Client.GetStringAsync("/orders/17", patience.Token);
            }
            while (labels != expected);
        }
    }

    [Fact]
    public async Task TwoProfilesAtATimeAddTheLabelsOnce()
    {
        await using RunningService service = await StartAsync();
        using var first = new RequestLabels(PprofLabelsOf.Routes);
        using var second = new RequestLabels(PprofLabelsOf.Routes);

        Assert.Equal("1", await service.Client.GetStringAsync("/pushed"));
    }

    [Fact]
    public async Task ASpanIsLabelledAndKnowsThatItHasAProfile()
    {
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "Microsoft.AspNetCore",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
        };
        ActivitySource.AddActivityListener(listener);
        await using RunningService service = await StartAsync();
        using var labels = new RequestLabels(PprofLabelsOf.Spans);

        string[] parts = (await service.Client.GetStringAsync("/span")).Split('|');

        Assert.Equal($"span_id={parts[1]} trace_id={parts[2]}", parts[0]);
        Assert.Equal(parts[1], parts[3]);
    }

    private static async Task<string> PostAsync(RunningService service, string path) =>
        await (await service.Client.PostAsync(path, null)).Content.ReadAsStringAsync();

    private static Task<RunningService> StartAsync() => RunningService.StartAsync(use: static app =>
    {
        app.MapMethods("/orders/{id}", [HttpMethods.Get, HttpMethods.Post], AnswerAsync);
        app.MapGet("/plain", static () => Labels());
        app.MapGet("/pushed", static () =>
        {
            int count = 0;
            for (PushedLabels? labels = CurrentLabels.Value; labels is not null; labels = labels.Outer)
            {
                count++;
            }

            return count;
        });
        app.Map("/any", static () => Labels());
        app.MapGet("/own", static () =>
        {
            using (PprofLabels.Push(("tenant", "acme"), ("http_route", "mine")))
            {
                return Labels();
            }
        });
        app.MapGet("/span", static async () =>
        {
            await Task.Yield();
            Activity activity = Activity.Current!;
            return $"{Labels()}|{activity.SpanId}|{activity.TraceId}|{activity.GetTagItem("pyroscope.profile.id")}";
        });
        app.Use(static (context, next) => context.GetEndpoint() is null ? context.Response.WriteAsync("none: " + Labels()) : next(context));
    });

    private static async Task AnswerAsync(HttpContext context)
    {
        await Task.Yield();
        await context.Response.WriteAsync(Labels());
    }

    private static string Labels() => string.Join(' ', PprofLabels.Current.Select(static label => $"{label.Key}={label.Value}"));
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Labels what requests do with their route, and, where that is asked for, with the span that they are, while a profile is
/// under way: those whose route is found meanwhile.
/// </summary>
/// <remarks>
/// The labels hold where the route is found and in everything that is called and awaited from there. The server begins each
/// request with the labels that the connection began with.
/// </remarks>
internal sealed class RequestLabels(PprofLabelsOf wanted) : RequestEvents
{
    private const string RouteFound = "Microsoft.AspNetCore.Routing.EndpointMatched";
    private const string RouteKey = "http_route";
    private const string MethodKey = "http_method";
    private const string TraceKey = "trace_id";
    private const string SpanKey = "span_id";

    // By it Grafana finds the profile of a span.
    private const string SpanAttribute = "pyroscope.profile.id";

    // Of methods that no standard has, all are one.
    private const string OtherMethod = "_OTHER";

    // Two of the same are not made for each request.
    private static readonly ConditionalWeakTable<Endpoint, RouteLabels> s_labels = [];

    /// <inheritdoc/>
    protected override bool IsWanted(string name, HttpContext? context) => name == RouteFound;

    /// <inheritdoc/>
    protected override void OnEvent(string name, HttpContext context)
    {
        if (name != RouteFound || context.GetEndpoint() is not { } endpoint)
        {
            return;
        }

        LabelSet labels = (wanted & PprofLabelsOf.Routes) != 0
            ? s_labels.GetValue(endpoint, static found => new RouteLabels(found)).For(context.Request.Method)
            : LabelSet.Empty;
        if ((wanted & PprofLabelsOf.Spans) != 0 && Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            string span = activity.SpanId.ToHexString();
            labels = labels.With(new Label(TraceKey, activity.TraceId.ToHexString())).With(new Label(SpanKey, span));
            activity.SetTag(SpanAttribute, span);
        }

        PprofLabels.Follow(labels);
    }

    private sealed class RouteLabels(Endpoint endpoint)
    {
        private static readonly string[] s_methods =
            [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options, HttpMethods.Trace, HttpMethods.Connect];

        private readonly LabelSet?[] _byMethod = new LabelSet?[s_methods.Length + 1];

        public LabelSet For(string method)
        {
            int number = Array.IndexOf(s_methods, HttpMethods.GetCanonicalizedValue(method));
            ref LabelSet? labels = ref _byMethod[number + 1];
            return labels ??= Make(number < 0 ? OtherMethod : s_methods[number]);
        }

        private LabelSet Make(string method)
        {
            LabelSet labels = LabelSet.Empty.With(new Label(MethodKey, method));
            return RouteText.Of(endpoint) is { } route ? labels.With(new Label(RouteKey, route)) : labels;
        }
    }
}

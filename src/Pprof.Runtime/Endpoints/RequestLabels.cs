using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Pprof.Labels;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Labels what requests do with their route, and, where that is asked for, with the span that they are, until it is disposed:
/// those whose route is found meanwhile. While there are several of these, requests have what any of them wants.
/// </summary>
/// <remarks>
/// The labels hold where the route is found and in everything that is called and awaited from there. The server begins each
/// request with the labels that the connection began with.
/// </remarks>
internal sealed class RequestLabels : IDisposable
{
    private const string RouteKey = "http_route";
    private const string MethodKey = "http_method";
    private const string TraceKey = "trace_id";
    private const string SpanKey = "span_id";

    // By it Grafana finds the profile of a span.
    private const string SpanAttribute = "pyroscope.profile.id";

    // Of methods that no standard has, all are one.
    private const string OtherMethod = "_OTHER";

    private static readonly Lock s_gate = new();
    private static readonly List<RequestLabels> s_open = [];

    // Two of the same are not made for each request.
    private static readonly ConditionalWeakTable<Endpoint, RouteLabels> s_labels = [];

    private static Listener? s_listener;
    private static volatile PprofLabelsOf s_wanted;
    private static RequestLabels? s_lifetime;

    private readonly PprofLabelsOf _wanted;

    /// <param name="wanted">What requests are labelled with.</param>
    public RequestLabels(PprofLabelsOf wanted)
    {
        _wanted = wanted;
        lock (s_gate)
        {
            s_open.Add(this);
            FollowOpen();
        }
    }

    /// <summary>From now on requests have their routes too while something is sampled all the time that shows them.</summary>
    /// <remarks>Makes nothing of this type where they are not on: a service starts without it.</remarks>
    public static void FollowLifetime()
    {
        if (Interlocked.Exchange(ref Lifetime.IsFollowed, 1) == 0)
        {
            LifetimeRoutes.Changed += SwitchLifetime;
        }

        if (LifetimeRoutes.AreOn)
        {
            SwitchLifetime();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (s_gate)
        {
            s_open.Remove(this);
            FollowOpen();
        }
    }

    private static void SwitchLifetime()
    {
        lock (s_gate)
        {
            if (LifetimeRoutes.AreOn)
            {
                s_lifetime ??= new RequestLabels(PprofLabelsOf.Routes);
            }
            else
            {
                s_lifetime?.Dispose();
                s_lifetime = null;
            }
        }
    }

    // With the gate held.
    private static void FollowOpen()
    {
        s_wanted = s_open.Aggregate(PprofLabelsOf.None, static (all, one) => all | one._wanted);
        if (s_wanted != PprofLabelsOf.None)
        {
            s_listener ??= new Listener();
        }
        else
        {
            s_listener?.Dispose();
            s_listener = null;
        }
    }

    private static class Lifetime
    {
        public static int IsFollowed;
    }

    private sealed class Listener : RequestEvents
    {
        private const string RouteFound = "Microsoft.AspNetCore.Routing.EndpointMatched";

        /// <inheritdoc/>
        protected override bool IsWanted(string name, HttpContext? context) => name == RouteFound;

        /// <inheritdoc/>
        protected override void OnEvent(string name, HttpContext context)
        {
            if (name != RouteFound || context.GetEndpoint() is not { } endpoint)
            {
                return;
            }

            PprofLabelsOf wanted = s_wanted;
            PushedLabels? labels = (wanted & PprofLabelsOf.Routes) != 0
                ? s_labels.GetValue(endpoint, static found => new RouteLabels(found)).For(context.Request.Method)
                : null;
            if ((wanted & PprofLabelsOf.Spans) != 0 && Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
            {
                labels = WithSpan(labels, activity);
            }

            if (labels is not null)
            {
                CurrentLabels.Follow(labels);
            }
        }

        private static PushedLabels WithSpan(PushedLabels? route, Activity activity)
        {
            string span = activity.SpanId.ToHexString();
            activity.SetTag(SpanAttribute, span);
            LabelSet labels = (route?.Labels ?? LabelSet.Empty)
                .With(new Label(TraceKey, activity.TraceId.ToHexString()))
                .With(new Label(SpanKey, span));
            return new PushedLabels(null, labels, route?.Route ?? 0);
        }
    }

    /// <summary>The labels of the requests of one endpoint: the same objects for all of them, so that nothing is made for one.</summary>
    private sealed class RouteLabels(Endpoint endpoint)
    {
        private static readonly string[] s_methods =
            [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Head, HttpMethods.Options, HttpMethods.Trace, HttpMethods.Connect];

        private readonly PushedLabels?[] _byMethod = new PushedLabels?[s_methods.Length + 1];

        public PushedLabels For(string method)
        {
            int number = Array.IndexOf(s_methods, HttpMethods.GetCanonicalizedValue(method));
            return Volatile.Read(ref _byMethod[number + 1]) ?? Make(number);
        }

        private PushedLabels Make(int number)
        {
            LabelSet labels = LabelSet.Empty.With(new Label(MethodKey, number < 0 ? OtherMethod : s_methods[number]));
            if (RouteText.Of(endpoint) is { } route)
            {
                labels = labels.With(new Label(RouteKey, route));
            }

            var made = new PushedLabels(null, labels, KnownRoutes.Instance.NumberOf(labels));
            return Interlocked.CompareExchange(ref _byMethod[number + 1], made, null) ?? made;
        }
    }
}

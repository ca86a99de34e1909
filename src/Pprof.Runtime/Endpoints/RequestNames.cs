using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Gives the activities of requests the names of their routes, while a trace is under way: <c>GET /orders/{id}</c>. The
/// activity itself does not know it.
/// </summary>
internal sealed class RequestNames : RequestEvents
{
    private const string ActivityName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    // Who does not want to hear of the start is not told of the end.
    private const string StartName = ActivityName + ".Start";
    private const string StopName = ActivityName + ".Stop";
    private const int MaxNames = 10_000;

    private readonly ConcurrentDictionary<(string Method, Endpoint Endpoint), string> _names = new();

    /// <inheritdoc/>
    protected override bool IsWanted(string name) => name is ActivityName or StartName or StopName;

    /// <inheritdoc/>
    protected override void OnEvent(string name, HttpContext context)
    {
        if (name == StopName && Activity.Current is { } activity)
        {
            TraceTaskName.Set(activity, NameOf(context.Request.Method, context.GetEndpoint()));
        }
    }

    private string NameOf(string method, Endpoint? endpoint)
    {
        if (endpoint is null)
        {
            return method;
        }

        if (!_names.TryGetValue((method, endpoint), out string? name))
        {
            name = RouteText.Of(endpoint) is { } route ? $"{method} {route}" : method;

            // An application can make endpoints without end.
            if (_names.Count < MaxNames)
            {
                _names.TryAdd((method, endpoint), name);
            }
        }

        return name;
    }
}

using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Gives the activities of requests the names of their routes, while a trace is under way: <c>GET /orders/{id}</c>. The
/// activity itself does not know it.
/// </summary>
/// <remarks>
/// No event is wanted: each would cost every request, of which few may be drawn. ASP.NET Core asks whether an activity is
/// wanted with the request at hand, on the thread on which that starts next.
/// </remarks>
internal sealed class RequestNames : RequestEvents, IActivityNames
{
    private const string BeforeStart = "Microsoft.AspNetCore.Hosting.HttpRequestIn";
    private const string AfterStart = "Microsoft.AspNetCore.Hosting.BeginRequest";
    private const int MaxNames = 10_000;

    private readonly ConcurrentDictionary<(string Method, Endpoint Endpoint), string> _names = new();

    /// <inheritdoc/>
    public string NameOf(object about)
    {
        var context = (HttpContext)about;
        string method = context.Request.Method;
        if (context.GetEndpoint() is not { } endpoint)
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

    /// <inheritdoc/>
    protected override bool IsWanted(string name, HttpContext? context)
    {
        if (name == BeforeStart && context is not null)
        {
            TraceTaskName.Announce(context, this);
            return true;
        }

        if (name == AfterStart)
        {
            TraceTaskName.Forget();
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void OnEvent(string name, HttpContext context)
    {
    }
}

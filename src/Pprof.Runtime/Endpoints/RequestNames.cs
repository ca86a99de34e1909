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

    /// <inheritdoc/>
    protected override bool IsWanted(string name) => name is ActivityName or StartName or StopName;

    /// <inheritdoc/>
    protected override void OnEvent(string name, HttpContext context)
    {
        if (name == StopName && Activity.Current is { } activity)
        {
            string method = context.Request.Method;
            activity.SetCustomProperty(TraceTaskName.Property, RouteText.Of(context.GetEndpoint()) is { } route ? $"{method} {route}" : method);
        }
    }
}

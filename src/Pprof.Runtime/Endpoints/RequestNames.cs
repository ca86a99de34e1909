using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Pprof.Profiles;

namespace Pprof.Endpoints;

/// <summary>
/// Gives the activities of requests the names of their routes, while a trace is under way: <c>GET /orders/{id}</c>. The
/// activity itself does not know it.
/// </summary>
internal sealed class RequestNames : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string ListenerName = "Microsoft.AspNetCore";
    private const string ActivityName = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    // Who does not want to hear of the start is not told of the end.
    private const string StartName = ActivityName + ".Start";
    private const string StopName = ActivityName + ".Stop";

    private readonly Lock _gate = new();
    private readonly List<IDisposable> _subscriptions = [];
    private bool _isDisposed;

    /// <summary>Names requests that end from now on, until it is disposed.</summary>
    public RequestNames() => Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <inheritdoc/>
    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == ListenerName)
        {
            Add(value.Subscribe(this, static (name, _, _) => name is ActivityName or StartName or StopName));
        }
    }

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value is { Key: StopName, Value: HttpContext context } && Activity.Current is { } activity)
        {
            string method = context.Request.Method;
            activity.SetCustomProperty(
                TraceTaskName.Property,
                context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } ? $"{method} {(route.StartsWith('/') ? "" : "/")}{route}" : method);
        }
    }

    /// <inheritdoc/>
    public void OnCompleted()
    {
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
        }

        // Without the gate: whoever makes a listener holds the runtime's lock of all of them, and then takes the gate.
        foreach (IDisposable subscription in _subscriptions)
        {
            subscription.Dispose();
        }
    }

    private void Add(IDisposable subscription)
    {
        lock (_gate)
        {
            if (!_isDisposed)
            {
                _subscriptions.Add(subscription);
                return;
            }
        }

        subscription.Dispose();
    }
}

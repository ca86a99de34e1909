using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints;

/// <summary>
/// Hears what ASP.NET Core says of the requests of all hosts, on the thread that handles the request, until it is disposed.
/// </summary>
internal abstract class RequestEvents : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
{
    private const string ListenerName = "Microsoft.AspNetCore";

    private readonly Lock _gate = new();
    private readonly List<IDisposable> _subscriptions = [];
    private bool _isDisposed;

    protected RequestEvents() => Add(DiagnosticListener.AllListeners.Subscribe(this));

    /// <inheritdoc/>
    public void OnNext(DiagnosticListener value)
    {
        if (value.Name == ListenerName)
        {
            Add(value.Subscribe(this, (name, about, _) => IsWanted(name, about as HttpContext)));
        }
    }

    /// <inheritdoc/>
    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Value is HttpContext context)
        {
            OnEvent(value.Key, context);
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

    /// <summary>Whether an event of this name is to be told. Of some the request is known by then.</summary>
    protected abstract bool IsWanted(string name, HttpContext? context);

    /// <summary>Called for those that are, and for others that somebody else wants.</summary>
    protected abstract void OnEvent(string name, HttpContext context);

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

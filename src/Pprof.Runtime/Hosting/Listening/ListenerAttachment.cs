using Microsoft.Extensions.Logging;

namespace Pprof.Hosting.Listening;

/// <summary>Keeps one site at the address that its options name, and follows when they change.</summary>
internal sealed class ListenerAttachment(ListenerSite site, ILogger log)
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private DedicatedListener? _listener;
    private bool _closed;

    /// <summary>The listener that serves for the site, or null.</summary>
    public DedicatedListener? Listener => Volatile.Read(ref _listener);

    /// <summary>
    /// Listens on <paramref name="url"/>, or not at all when it is null. An address that cannot be had is logged: the
    /// application goes on without the endpoints.
    /// </summary>
    public async Task MoveAsync(string? url, CancellationToken cancellation)
    {
        await _gate.WaitAsync(cancellation);
        try
        {
            if (_closed || ListenAddressComparer.Instance.Equals(_listener?.Url, url))
            {
                return;
            }

            DedicatedListener? previous = _listener;
            Volatile.Write(ref _listener, url is null ? null : await TryAttachAsync(url, cancellation));
            if (previous is not null)
            {
                await DedicatedListeners.DetachAsync(previous, site, cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Leaves the listener for good.</summary>
    public async Task CloseAsync(CancellationToken cancellation)
    {
        await _gate.WaitAsync(CancellationToken.None);
        try
        {
            _closed = true;
            if (_listener is { } listener)
            {
                Volatile.Write(ref _listener, null);
                await DedicatedListeners.DetachAsync(listener, site, cancellation);
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<DedicatedListener?> TryAttachAsync(string url, CancellationToken cancellation)
    {
        try
        {
            return await DedicatedListeners.AttachAsync(url, site, cancellation);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            HostingLog.CannotListen(log, url, exception.Message);
            return null;
        }
    }
}

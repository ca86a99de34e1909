namespace Pprof.Hosting.Listening;

/// <summary>
/// The dedicated listeners of the process by address. Several hosts with the same address share one, because the
/// address can be bound only once; it is given back when the last one leaves.
/// </summary>
internal static class DedicatedListeners
{
    private static readonly SemaphoreSlim s_gate = new(1, 1);
    private static readonly Dictionary<string, DedicatedListener> s_byUrl = new(ListenAddressComparer.Instance);

    /// <summary>Serves for <paramref name="site"/> at <paramref name="url"/>. Throws as <see cref="DedicatedListener.Start"/>.</summary>
    public static async Task<DedicatedListener> AttachAsync(string url, ListenerSite site, CancellationToken cancellation)
    {
        await s_gate.WaitAsync(cancellation);
        try
        {
            if (!s_byUrl.TryGetValue(url, out DedicatedListener? listener))
            {
                listener = DedicatedListener.Start(url);
                s_byUrl.Add(url, listener);
            }

            listener.Add(site);
            return listener;
        }
        finally
        {
            s_gate.Release();
        }
    }

    /// <summary>Serves for <paramref name="site"/> no longer.</summary>
    public static async Task DetachAsync(DedicatedListener listener, ListenerSite site, CancellationToken cancellation)
    {
        await s_gate.WaitAsync(CancellationToken.None);
        try
        {
            listener.Remove(site);
            if (listener.IsIdle && s_byUrl.Remove(listener.Url))
            {
                // The gate is held until the port is free.
                await listener.StopAsync(cancellation);
            }
        }
        finally
        {
            s_gate.Release();
        }
    }
}

using Microsoft.Extensions.Logging;
using Pprof.CompilerServices;
using Pprof.Endpoints;

namespace Pprof.Hosting;

/// <summary>The dedicated listener of a program that builds no host, or builds one later.</summary>
internal sealed class StandaloneListener
{
    // Long enough that a program with a host has begun to build it, short enough that nobody waits for the endpoints.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private static StandaloneListener? _current;

    private readonly PprofOptions _options;
    private readonly ListenerAttachment _attachment;
    private readonly Timer _timer;

    internal StandaloneListener(PprofManifest manifest, PprofOptions options, ILogger log)
    {
        _options = options;
        _attachment = new ListenerAttachment(
            new ListenerSite(new PprofEndpoints(manifest, () => options, CancellationToken.None, log), Services: null), log);
        _timer = new Timer(state => { _ = StartAsync(log); }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Listens in a short while unless a host is built until then, if the attribute names an address.</summary>
    public static void Schedule(PprofManifest manifest)
    {
        var options = new PprofOptions();
        manifest.Configure(options);
        PprofOptionsRepair.Apply(options, StandardErrorLog.Instance);
        if (options.ListenUrl is not null)
        {
            _current = new StandaloneListener(manifest, options, StandardErrorLog.Instance);
            _current._timer.Change(Patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>A host is being built: it will listen itself.</summary>
    public static void HostSeen() => _current?._timer.Dispose();

    /// <summary>
    /// A host has started and listens on <paramref name="url"/>. Where that is the same address it has joined the
    /// running listener; otherwise its settings are the ones that count, and this one goes.
    /// </summary>
    public static Task YieldToAsync(string? url) => _current?.LeaveUnlessAsync(url) ?? Task.CompletedTask;

    /// <summary>The listener, once it runs.</summary>
    internal DedicatedListener? Listener => _attachment.Listener;

    internal async Task StartAsync(ILogger log)
    {
        await _attachment.MoveAsync(_options.ListenUrl, CancellationToken.None);
        if (_attachment.Listener is { } listener)
        {
            ServingReport.Write(log, listener.Addresses, [_options.Path], _options);
        }
    }

    internal Task LeaveUnlessAsync(string? url) => string.Equals(url, _options.ListenUrl, StringComparison.OrdinalIgnoreCase)
        ? Task.CompletedTask
        : _attachment.CloseAsync(CancellationToken.None);
}

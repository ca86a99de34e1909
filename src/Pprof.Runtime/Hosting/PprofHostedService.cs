using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pprof.Hosting.Listening;

namespace Pprof.Hosting;

/// <summary>Opens and closes the dedicated listener with the host, and says at start where the endpoints are.</summary>
internal sealed class PprofHostedService : IHostedService, IDisposable
{
    private readonly HostedEndpoints _host;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger _log;
    private readonly ListenerAttachment _attachment;
    private CancellationTokenRegistration _started;

    public PprofHostedService(
        HostedEndpoints host,
        IServiceProvider services,
        IServiceScopeFactory scopes,
        IHostApplicationLifetime lifetime,
        ILoggerFactory loggers)
    {
        _host = host;
        _services = services;
        _lifetime = lifetime;
        _log = loggers.CreateLogger(HostingLog.Category);
        _attachment = new ListenerAttachment(new ListenerSite(host.Endpoints, scopes), _log);
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // The addresses are known when the server has started, which may be after this service.
        _started = _lifetime.ApplicationStarted.Register(Report);
        if (!_host.IsRegistered)
        {
            return Task.CompletedTask;
        }

        // First, because two different addresses may have one port. At the same address it stays, and is joined.
        string? url = _host.Options.ListenUrl;
        Task yielded = StandaloneListener.YieldToAsync(url);
        if (url is not null || !yielded.IsCompletedSuccessfully)
        {
            return ListenAsync(url, yielded, cancellationToken);
        }

        // Most applications have no such listener, and the JIT does not compile how one is waited for.
        Follow();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        _host.Changed -= Move;
        return _attachment.CloseAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _started.Dispose();
        _host.Changed -= Move;
        if (_attachment.Listener is not null)
        {
            // A host that was started and disposed without being stopped.
            _attachment.CloseAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();
        }
    }

    private async Task ListenAsync(string? url, Task yielded, CancellationToken cancellation)
    {
        await yielded;
        await _attachment.MoveAsync(url, cancellation);
        Follow();
    }

    private void Follow() => _host.Changed += Move;

    private void Move(PprofOptions changed) => _ = _attachment.MoveAsync(changed.ListenUrl, CancellationToken.None);

    private void Report()
    {
        _host.Endpoints.ApplicationStarted();
        PprofOptions options = _host.Options;
        if (!_host.IsRegistered)
        {
            HostingLog.NotRegistered(_log);
        }
        else if (options.ListenUrl is not null)
        {
            // Where it could not be had, that has been said.
            if (_attachment.Listener is { } listener)
            {
                ServingReport.Write(_log, listener.Addresses, [options.Path], options);
            }
        }
        else if (_services.GetService<IServer>() is { } server)
        {
            ReportAddresses(server, options);
        }
        else
        {
            HostingLog.NoServer(_log);
        }
    }

    private void ReportAddresses(IServer server, PprofOptions options)
    {
        List<string> addresses = [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];
        List<string> withoutHttp1 = KestrelEndpoints.WithoutHttp1(server, _services);
        List<string> usable = withoutHttp1.Count == 0 ? addresses : [.. addresses.Except(withoutHttp1)];
        ServingReport.Write(_log, usable.Count == 0 ? addresses : usable, _host.IsMapped ? MappedPaths() : [options.Path], options);
        if (usable.Count == 0 && addresses.Count > 0)
        {
            HostingLog.NoHttp1(_log, string.Join(", ", addresses));
        }
    }

    /// <summary>Where the application has mapped the endpoints, which only its routes know: groups add prefixes.</summary>
    private List<string> MappedPaths() =>
    [
        .. _services.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.DisplayName == PprofRoute.DisplayName)
            .Select(endpoint => PprofRoute.Prefix(endpoint.RoutePattern)),
    ];
}

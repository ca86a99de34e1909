using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Pprof.CompilerServices;
using Pprof.Endpoints;

namespace Pprof.Hosting;

/// <summary>The endpoints of one host, and which way a request reaches them at this moment.</summary>
internal sealed class HostedEndpoints : IDisposable
{
    private readonly IDisposable? _subscription;
    private volatile PprofOptions _options;
    private volatile bool _isMapped;
    private CancellationTokenSource _changed = new();

    public HostedEndpoints(
        PprofManifest manifest,
        IOptionsMonitor<PprofOptions> options,
        ILoggerFactory loggers,
        IHostApplicationLifetime? lifetime = null)
    {
        _options = options.CurrentValue;
        PprofRuntime.Apply(_options);
        _subscription = options.OnChange((value, _) =>
        {
            _options = value;
            PprofRuntime.Apply(value);
            SignalChange();
            Changed?.Invoke(value);
        });
        IsRegistered = !ReferenceEquals(manifest, PprofServices.EmptyManifest);
        Endpoints = new PprofEndpoints(
            manifest, () => _options, lifetime?.ApplicationStopping ?? CancellationToken.None, loggers.CreateLogger(HostingLog.Category));
    }

    /// <summary>
    /// Raised with the options that hold from now on. Who hears of them hears it here: for a second one who hears of a change from
    /// the options themselves the runtime would have to compile how two are called.
    /// </summary>
    public event Action<PprofOptions>? Changed;

    /// <summary>What answers.</summary>
    public PprofEndpoints Endpoints { get; }

    /// <summary>The options that hold now.</summary>
    public PprofOptions Options => _options;

    /// <summary>Whether the attribute has compiled a table of profiles into the application.</summary>
    public bool IsRegistered { get; }

    /// <summary>Whether the application has mapped the endpoints itself; then nothing else serves them in this host.</summary>
    public bool IsMapped => _isMapped;

    /// <summary>Whether the host's own listeners serve the endpoints without the application's doing.</summary>
    public bool IsAutomatic => IsBesideTheApplication && !_isMapped;

    /// <summary>Whether the host's own listeners serve the endpoints, whoever has mapped them.</summary>
    public bool IsBesideTheApplication => IsRegistered && _options.ListenUrl is null;

    /// <summary>Fires when any of the above has changed.</summary>
    public IChangeToken ChangeToken => new CancellationChangeToken(Volatile.Read(ref _changed).Token);

    /// <summary>Whether a request for <paramref name="path"/> is answered without the application's doing.</summary>
    public bool TryMatch(string? path, out EndpointPath match)
    {
        match = default;
        return path is not null && IsAutomatic && Endpoints.TryMatch(path, out match);
    }

    /// <summary>Called when the application maps the endpoints itself.</summary>
    public void SetMapped()
    {
        _isMapped = true;
        SignalChange();
    }

    /// <summary>Fires <see cref="ChangeToken"/>. Those who wait for it have been called when this returns.</summary>
    public void SignalChange() => Interlocked.Exchange(ref _changed, new CancellationTokenSource()).Cancel();

    /// <inheritdoc/>
    public void Dispose() => _subscription?.Dispose();
}

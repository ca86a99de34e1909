using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pprof.CompilerServices;
using Pprof.Endpoints;
using Pprof.Hosting.Configuration;
using Pprof.Process;

namespace Pprof.Hosting.Listening;

/// <summary>The dedicated listener of a program that builds no host, or builds one later.</summary>
internal sealed class StandaloneListener
{
    private const string HostingAssembly = "Microsoft.Extensions.Hosting";

    // Long enough that a program with a host has begun to use a builder, short enough that nobody waits for the endpoints.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    // Once a builder is in use, how long the application may take to configure it, and to start the host that it
    // built. The host's settings may differ.
    private static readonly TimeSpan s_patienceWithBuilder = TimeSpan.FromSeconds(10);
    private static StandaloneListener? s_current;

    private readonly PprofOptions _options;
    private readonly PprofEndpoints _endpoints;
    private readonly ListenerAttachment _attachment;
    private readonly CancellationTokenSource _leaving = new();
    private readonly TimeSpan _patienceWithBuilder;
    private readonly ILogger _log;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _waiting;
    private bool _hasLeft;
    private volatile bool _hasWaitedForBuilder;

    internal StandaloneListener(PprofManifest manifest, PprofOptions options, ILogger log, TimeSpan? patienceWithBuilder = null)
    {
        _options = options;
        _log = log;
        _patienceWithBuilder = patienceWithBuilder ?? s_patienceWithBuilder;
        _endpoints = new PprofEndpoints(manifest, () => options, _leaving.Token, log);
        _attachment = new ListenerAttachment(new ListenerSite(_endpoints, Services: null), log);
    }

    /// <summary>Listens in a short while unless a host is built until then, if the attribute names an address.</summary>
    public static void Schedule(PprofManifest manifest)
    {
        var options = new PprofOptions();
        manifest.Configure(options);

        // Most applications end here, before anything that takes time at their start.
        if (!string.IsNullOrWhiteSpace(options.ListenUrl))
        {
            PprofOptionsRepair.Apply(options, StandardErrorLog.Instance);
            s_current = new StandaloneListener(manifest, options, StandardErrorLog.Instance);
            s_current.StartAfter(s_patience);
        }
    }

    /// <summary>A host is being built: it will listen itself once it is started.</summary>
    public static void HostSeen() => s_current?.WaitForHost();

    /// <summary>
    /// A host is starting and will listen on <paramref name="url"/>. Where that is the same address it joins the
    /// running listener; otherwise its settings are the ones that count, and this one goes.
    /// </summary>
    public static Task YieldToAsync(string? url) => s_current?.LeaveUnlessAsync(url) ?? Task.CompletedTask;

    /// <summary>The listener, once it runs.</summary>
    internal DedicatedListener? Listener => _attachment.Listener;

    internal async Task StartAsync(ILogger log)
    {
        await _attachment.MoveAsync(_options.ListenUrl, CancellationToken.None);
        if (_attachment.Listener is { } listener)
        {
            _endpoints.ApplicationStarted();
            ServingReport.Write(log, listener.Addresses, [_options.Path], _options);
        }
    }

    internal Task LeaveUnlessAsync(string? url)
    {
        lock (_gate)
        {
            _hasLeft = true;
            _waiting?.Cancel();
        }

        if (Listener is not null && ListenAddressComparer.Instance.Equals(url, _options.ListenUrl))
        {
            return Task.CompletedTask;
        }

        // The host that is starting does not wait for a profile that somebody fetches.
        _leaving.Cancel();
        return _attachment.CloseAsync(CancellationToken.None);
    }

    /// <summary>
    /// Gives a host that is being built time to start. There are hosts that never do: an application may want its
    /// services only.
    /// </summary>
    internal void WaitForHost()
    {
        _hasWaitedForBuilder = true;
        if (Listener is null)
        {
            StartAfter(_patienceWithBuilder);
        }
    }

    /// <summary>Starts after this time, however long it was to be until now.</summary>
    private void StartAfter(TimeSpan patience)
    {
        lock (_gate)
        {
            _waiting?.Cancel();
            if (!_hasLeft)
            {
                // A program may take all threads of the pool before that time has come.
                var waiting = new CancellationTokenSource();
                _waiting = waiting;
                OwnPool.Instance.Run(() => StartAfterAsync(patience, waiting.Token));
            }
        }
    }

    private async Task StartAfterAsync(TimeSpan patience, CancellationToken cancellation)
    {
        try
        {
            await OwnClock.DelayAsync(patience, cancellation);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        if (_hasWaitedForBuilder || !IsBuilderInUse())
        {
            await StartAsync(_log);
            return;
        }

        WaitForHost();
    }

    /// <summary>
    /// Whether the builders' code has been loaded. In a NativeAOT program it always is, but there a host is built
    /// within milliseconds.
    /// </summary>
    private static bool IsBuilderInUse() => RuntimeFeature.IsDynamicCodeSupported
        && Array.Exists(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.GetName().Name == HostingAssembly);
}

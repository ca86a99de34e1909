using System.Collections;
using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

/// <summary>The line in the log that says where the endpoints are and who may reach them.</summary>
/// <remarks>
/// Every service writes it when it starts. What <see cref="LoggerMessage"/> hands to the logger is a struct, for which the
/// JIT would have to compile the whole way through the loggers; this is a class, for which that is compiled already.
/// </remarks>
internal sealed class ServingReport : IReadOnlyList<KeyValuePair<string, object?>>
{
    private const string Format = "pprof serves {Addresses} to {Clients}.";

    private const string NoNetwork = "AllowedNetworks has no network";
    private const string NoSecret = "Secret is empty";

    private readonly string _addresses;
    private readonly string _clients;

    private ServingReport(string addresses, string clients)
    {
        _addresses = addresses;
        _clients = clients;
    }

    /// <inheritdoc/>
    public int Count => 3;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => index switch
    {
        0 => new("Addresses", _addresses),
        1 => new("Clients", _clients),
        2 => new("{OriginalFormat}", Format),
        _ => throw new ArgumentOutOfRangeException(nameof(index)),
    };

    /// <summary>Writes it, for every path at every address.</summary>
    public static void Write(ILogger log, IReadOnlyCollection<string> addresses, IReadOnlyCollection<string> paths, PprofOptions options)
    {
        // A server in memory has no address.
        IEnumerable<string> places = addresses.Count == 0
            ? paths
            : addresses.SelectMany(address => paths.Select(path => address.TrimEnd('/') + path));
        var report = new ServingReport(string.Join(", ", places.Select(place => place + "/")), Clients(options));
        log.Log(LogLevel.Information, HostingLog.Serving, report, exception: null, static (report, _) => report.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => $"pprof serves {_addresses} to {_clients}.";

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static string Clients(PprofOptions options) => options.Access switch
    {
        PprofAccess.Anyone => Others(options, out string? nobody) ?? $"nobody: {nobody}",
        PprofAccess.Policy => ThoseOfThePolicy(options),
        _ => Others(options, out string? nobody) is not { } others ? $"this machine only: {nobody}"
            : options.AllowedNetworks is null && options.Secret is null ? "this machine only"
            : $"this machine and {others}",
    };

    private static string ThoseOfThePolicy(PprofOptions options)
    {
        bool hasPolicy = !string.IsNullOrEmpty(options.AuthorizationPolicy);
        bool hasSecret = !string.IsNullOrEmpty(options.Secret);
        string? nobody = options.AllowedNetworks is "" ? NoNetwork
            : !hasPolicy && options.Secret is null ? "Access is Policy, and AuthorizationPolicy names none"
            : !hasPolicy && !hasSecret ? $"Access is Policy, AuthorizationPolicy names none, and {NoSecret}"
            : null;
        if (nobody is not null)
        {
            return $"nobody: {nobody}";
        }

        string those = !hasPolicy ? "those who know the secret"
            : $"those whom the authorization policy \"{options.AuthorizationPolicy}\" admits" + (hasSecret ? " or who know the secret" : "");
        return those + (options.AllowedNetworks is { } networks ? $", from {networks}" : "");
    }

    /// <summary>Those who are admitted from wherever they connect; null where that is nobody, for the reason.</summary>
    private static string? Others(PprofOptions options, out string? nobody)
    {
        nobody = options.AllowedNetworks is "" ? NoNetwork : options.Secret is "" ? NoSecret : null;
        return nobody is not null ? null : (options.AllowedNetworks, options.Secret) switch
        {
            (null, null) => "everyone who reaches the port",
            ({ } networks, null) => $"those who connect from {networks}",
            (null, _) => "those who know the secret",
            ({ } networks, _) => $"those who connect from {networks} and know the secret",
        };
    }
}

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
        PprofAccess.Anyone => Others(options) ?? "everyone who reaches the port",
        PprofAccess.Policy when string.IsNullOrEmpty(options.AuthorizationPolicy) && options.Secret is null => "nobody: Access is Policy, and AuthorizationPolicy names none",
        PprofAccess.Policy => $"those whom the authorization policy \"{options.AuthorizationPolicy}\" admits"
            + (options.Secret is null ? "" : " or who know the secret")
            + (options.AllowedNetworks is { } networks ? $", from {networks}" : ""),
        _ => Others(options) is { } others ? $"this machine and {others}" : "this machine only",
    };

    private static string? Others(PprofOptions options) => (options.AllowedNetworks, options.Secret) switch
    {
        (null, null) => null,
        ({ } networks, null) => $"those who connect from {networks}",
        (null, _) => "those who know the secret",
        ({ } networks, _) => $"those who connect from {networks} and know the secret",
    };
}

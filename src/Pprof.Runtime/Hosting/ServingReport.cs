using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

/// <summary>The line in the log that says where the endpoints are and who may reach them.</summary>
/// <remarks>
/// Every service writes it when it starts. What <see cref="LoggerMessage"/> hands to the logger is a type of its own, for which the
/// JIT would have to compile the whole way through the loggers; for this one, which hosts use for their own lines, that is done.
/// </remarks>
internal static class ServingReport
{
    private const string Nobody = "nobody: ";
    private const string NoPolicy = "Access is Policy";
    private const string NoNetwork = "AllowedNetworks has no network";
    private const string NoSecret = "Secret is empty";

    /// <summary>Writes it, for every path at every address.</summary>
    public static void Write(ILogger log, IReadOnlyCollection<string> addresses, IReadOnlyCollection<string> paths, PprofOptions options)
    {
        // A server in memory has no address.
        List<string> places = [];
        foreach (string address in addresses.Count == 0 ? [""] : addresses)
        {
            foreach (string path in paths)
            {
                places.Add($"{address.TrimEnd('/')}{path}/");
            }
        }

        string clients = Clients(options);

        // Of networks and secrets that admit nobody there is a warning already.
        LogLevel level = clients.StartsWith(Nobody + NoPolicy, StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Information;
        log.Log(level, new EventId(10, "Serving"), "pprof serves {Addresses} to {Clients}.", string.Join(", ", places), clients);
    }

    private static string Clients(PprofOptions options) => options.Access switch
    {
        PprofAccess.Anyone => Others(options, out string? nobody) ?? Nobody + nobody,
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
            : !hasPolicy && options.Secret is null ? $"{NoPolicy}, and AuthorizationPolicy names none"
            : !hasPolicy && !hasSecret ? $"{NoPolicy}, AuthorizationPolicy names none, and {NoSecret}"
            : null;
        if (nobody is not null)
        {
            return Nobody + nobody;
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

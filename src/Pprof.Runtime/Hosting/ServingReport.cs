using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

/// <summary>The line in the log that says where the endpoints are and who may reach them.</summary>
/// <remarks>
/// Every service writes it when it starts. What <see cref="LoggerMessage"/> hands to the logger is a type of its own, for which the
/// JIT would have to compile the whole way through the loggers; for this one, which hosts use for their own lines, that is done.
/// </remarks>
internal static class ServingReport
{
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

        log.Log(LogLevel.Information, new EventId(10, "Serving"), "pprof serves {Addresses} to {Clients}.", string.Join(", ", places), Clients(options));
    }

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

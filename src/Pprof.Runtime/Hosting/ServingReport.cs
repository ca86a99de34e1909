using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

/// <summary>The line in the log that says where the endpoints are and who may reach them.</summary>
internal static class ServingReport
{
    /// <summary>Writes it, for every path at every address.</summary>
    public static void Write(ILogger log, IReadOnlyCollection<string> addresses, IReadOnlyCollection<string> paths, PprofOptions options)
    {
        // A server in memory has no address.
        IEnumerable<string> places = addresses.Count == 0
            ? paths
            : addresses.SelectMany(address => paths.Select(path => address.TrimEnd('/') + path));
        HostingLog.Serving(log, string.Join(", ", places.Select(place => place + "/")), Clients(options));
    }

    private static string Clients(PprofOptions options) => options.Access switch
    {
        PprofAccess.Anyone => "everyone who reaches the port",
        PprofAccess.Policy => $"those whom the authorization policy \"{options.AuthorizationPolicy}\" admits",
        _ => "this machine only",
    };
}

using Microsoft.Extensions.Logging;

namespace Pprof.Hosting;

/// <summary>The line in the log that says where the endpoints are and who may reach them.</summary>
internal static class ServingReport
{
    /// <summary>Writes it.</summary>
    public static void Write(ILogger log, IEnumerable<string> addresses, string path, PprofOptions options)
    {
        string joined = string.Join(", ", addresses.Select(address => address.TrimEnd('/') + path + "/"));
        HostingLog.Serving(log, joined.Length > 0 ? joined : path + "/", Clients(options));
    }

    private static string Clients(PprofOptions options) => options.Access switch
    {
        PprofAccess.Anyone => "everyone who reaches the port",
        PprofAccess.Policy => $"those whom the authorization policy \"{options.AuthorizationPolicy}\" admits",
        _ => "this machine only",
    };
}

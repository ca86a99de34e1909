using System.Net;

namespace Pprof.Generators.Rules.EnablePprof;

/// <summary>
/// An address to listen on, as Kestrel reads it: a host may be <c>*</c>, <c>+</c> or a Unix socket, and one that is
/// neither an IP address nor <c>localhost</c> means every network of the machine. The listener has no certificate, so
/// that an <c>https</c> address cannot be served.
/// </summary>
internal static class ListenAddress
{
    private const string Scheme = "http://";
    private const string SecureScheme = "https://";
    private const string Localhost = "localhost";

    /// <summary>Whether the listener can be bound to <paramref name="url"/>.</summary>
    public static bool IsValid(string url)
    {
        if (HostAndPort(url) is not { } address || address.StartsWith("pipe:/", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // Kestrel cannot choose one free port for the two addresses of localhost.
        return IsUnixSocket(address)
            || (Parse(address) is { } uri
                && uri.PathAndQuery == "/"
                && uri.Fragment.Length == 0
                && uri.UserInfo.Length == 0
                && !(uri.Port == 0 && IsLocalhost(Host(address), subdomains: true)));
    }

    /// <summary>Whether only this machine can reach <paramref name="url"/>, which is valid.</summary>
    /// <param name="url">The address.</param>
    /// <param name="subdomains">Whether what ends in <c>.localhost</c> is local, as it is since .NET 10.</param>
    public static bool IsLoopback(string url, bool subdomains)
    {
        string address = HostAndPort(url)!;
        string host = Host(address);
        return IsUnixSocket(address)
            || IsLocalhost(host, subdomains)
            || (IPAddress.TryParse(host, out IPAddress? ip) && IPAddress.IsLoopback(ip));
    }

    /// <summary>The same address on this machine alone.</summary>
    public static string OnLoopback(string url)
    {
        int port = Parse(HostAndPort(url)!)!.Port;
        return port == 0 ? $"{Scheme}{IPAddress.Loopback}:0" : $"{Scheme}{Localhost}:{port}";
    }

    /// <summary>The address that was meant: with the scheme, without a path. Null where that cannot be told.</summary>
    public static string? Repair(string url)
    {
        string? address = url.StartsWith(SecureScheme, StringComparison.OrdinalIgnoreCase) ? url.Substring(SecureScheme.Length)
            : url.IndexOf("://", StringComparison.Ordinal) < 0 ? url
            : HostAndPort(url);
        if (address is null)
        {
            return null;
        }

        // After the host, a colon with a slash is the beginning of a file's name.
        int end = address.IndexOfAny(['/', '?', '#']);
        string repaired = Scheme + (end < 0 || (end > 0 && address[end - 1] == ':') ? address : address.Substring(0, end));
        return IsValid(repaired) ? repaired
            : IsLocalhost(Host(address), subdomains: false) && Parse(address) is { Port: 0 } ? OnLoopback(repaired)
            : null;
    }

    private static string? HostAndPort(string url) =>
        url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? url.Substring(Scheme.Length) : null;

    private static Uri? Parse(string address) =>
        Uri.TryCreate(Scheme + (address.Length > 0 && address[0] is '*' or '+' ? "any" + address.Substring(1) : address), UriKind.Absolute, out Uri? uri) ? uri : null;

    // By hand, because Uri takes the host "loopback" for localhost.
    private static string Host(string address)
    {
        string host = address.TrimEnd('/');
        int port = host.LastIndexOf(':');
        return port > host.LastIndexOf(']') ? host.Substring(0, port) : host;
    }

    private static bool IsLocalhost(string host, bool subdomains) =>
        host.Equals(Localhost, StringComparison.OrdinalIgnoreCase)
        || (subdomains && host.EndsWith("." + Localhost, StringComparison.OrdinalIgnoreCase));

    private static bool IsUnixSocket(string address) => address.StartsWith("unix:/", StringComparison.Ordinal);
}

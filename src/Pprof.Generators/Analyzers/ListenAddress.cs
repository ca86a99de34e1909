namespace Pprof.Generators.Analyzers;

/// <summary>An address to listen on, as the web server reads it: a host may be <c>*</c>, <c>+</c> or a Unix socket.</summary>
internal static class ListenAddress
{
    private static readonly string[] Schemes = ["http://", "https://"];

    /// <summary>Whether a server can listen on <paramref name="url"/>.</summary>
    public static bool IsValid(string url)
    {
        if (HostAndPort(url) is not { } address)
        {
            return false;
        }

        if (IsLocalChannel(address))
        {
            return true;
        }

        return Uri.TryCreate("http://" + WithoutWildcard(address), UriKind.Absolute, out Uri? uri)
            && uri.PathAndQuery == "/"
            && uri.Fragment.Length == 0
            && uri.UserInfo.Length == 0;
    }

    /// <summary>Whether only this machine can reach <paramref name="url"/>, which is valid.</summary>
    public static bool IsLoopback(string url)
    {
        string address = HostAndPort(url)!;
        return IsLocalChannel(address)
            || (WithoutWildcard(address) == address && new Uri("http://" + address).IsLoopback);
    }

    /// <summary>The same address on this machine alone.</summary>
    public static string OnLoopback(string url)
    {
        string address = HostAndPort(url)!;
        var uri = new Uri("http://" + WithoutWildcard(address));
        return $"{url.Substring(0, url.IndexOf("://", StringComparison.Ordinal))}://localhost:{uri.Port}";
    }

    /// <summary>The address that was meant: with a scheme, without a path. Null where that cannot be told.</summary>
    public static string? Repair(string url)
    {
        string withScheme = url.IndexOf("://", StringComparison.Ordinal) < 0 ? Schemes[0] + url : url;
        if (HostAndPort(withScheme) is not { } address)
        {
            return null;
        }

        int end = address.IndexOfAny(['/', '?', '#']);
        string repaired = withScheme.Substring(0, withScheme.Length - address.Length) + (end < 0 ? address : address.Substring(0, end));
        return IsValid(repaired) ? repaired : null;
    }

    private static string? HostAndPort(string url) =>
        Array.Find(Schemes, scheme => url.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) is { } scheme
            ? url.Substring(scheme.Length)
            : null;

    private static bool IsLocalChannel(string address) =>
        address.StartsWith("unix:/", StringComparison.OrdinalIgnoreCase) || address.StartsWith("pipe:/", StringComparison.OrdinalIgnoreCase);

    private static string WithoutWildcard(string address) =>
        address.Length > 0 && address[0] is '*' or '+' ? "any" + address.Substring(1) : address;
}

using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints;

/// <summary>Where in the endpoints a request path points.</summary>
/// <param name="Name">The path below the prefix: empty for the index page.</param>
/// <param name="RedirectTo">The path to send the client to instead, or null.</param>
/// <param name="IsUnclean">Whether the redirection only takes out empty path segments.</param>
internal readonly record struct EndpointPath(string Name, string? RedirectTo = null, bool IsUnclean = false)
{
    // The end of a prefix beside which others stand.
    private const string Last = "/pprof";

    /// <summary>The name as a URL has it: for logs, whose lines it must not break.</summary>
    public string Escaped => new PathString("/" + Name).ToUriComponent()[1..];

    /// <summary>
    /// Whether <paramref name="path"/> is <paramref name="prefix"/> or below it. A doubled slash anywhere in the path
    /// does not hide it, as in Go's mux.
    /// </summary>
    public static bool TryMatch(string path, string prefix, out EndpointPath match)
    {
        bool unclean = path.Length > prefix.Length && path.Contains("//", StringComparison.Ordinal);
        if (unclean)
        {
            path = Clean(path);
        }

        if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            || (path.Length > prefix.Length && path[prefix.Length] != '/'))
        {
            match = default;
            return false;
        }

        match = Below(path, path.Length == prefix.Length ? null : path[(prefix.Length + 1)..], unclean);
        return true;
    }

    /// <summary>
    /// The same for a prefix that routing has matched already: <paramref name="name"/> is what its catch-all parameter
    /// holds.
    /// </summary>
    public static EndpointPath FromRoute(string path, string? name)
    {
        if (path.Contains("//", StringComparison.Ordinal))
        {
            path = Clean(path);
            name = name is null ? null : Clean(name).TrimStart('/');
            return Below(path, name, unclean: true);
        }

        // Routing drops the slash at the end; here it is the difference between a name and none.
        bool slash = path.EndsWith('/');
        return string.IsNullOrEmpty(name)
            ? Below(path, slash ? "" : null, unclean: false)
            : Below(path, slash && !name.EndsWith('/') ? name + "/" : name, unclean: false);
    }

    /// <summary>
    /// The path that is called <paramref name="sibling"/> beside a <paramref name="prefix"/> which ends in <c>pprof</c>, as
    /// <c>/debug/fgprof</c> is beside <c>/debug/pprof</c>; null beside any other, which says nothing of where others stand.
    /// </summary>
    public static string? Beside(string prefix, string sibling) => HasSiblings(prefix) ? prefix[..^Last.Length] + "/" + sibling : null;

    /// <summary>Whether <paramref name="path"/> ends in that path. Allocates nothing: it is asked for all requests of the application.</summary>
    public static bool EndsBeside(ReadOnlySpan<char> path, ReadOnlySpan<char> prefix, ReadOnlySpan<char> sibling)
    {
        if (!HasSiblings(prefix) || !path.EndsWith(sibling, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> folder = path[..^sibling.Length];
        return folder.EndsWith(prefix[..^(Last.Length - 1)], StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The reference that leads from the page <paramref name="from"/> to <paramref name="to"/>, both absolute paths.</summary>
    public static string Relative(string from, string to)
    {
        int shared = from.AsSpan().CommonPrefixLength(to);
        int folder = from.LastIndexOf('/', shared - 1) + 1;
        int up = from.AsSpan(folder).Count('/');

        // Not Enumerable.Repeat: in a NativeAOT binary it has tables for spans of each class that has one, 60 KB.
        string reference = new StringBuilder().Insert(0, "../", up).Append(to, folder, to.Length - folder).ToString();

        // A colon in the first segment would make it a scheme.
        return up == 0 && reference.Contains(':') ? "./" + reference : reference;
    }

    /// <summary>The configured path with one slash before it and none behind; false where it cannot be a prefix.</summary>
    public static bool TryNormalizePrefix(string? configured, [NotNullWhen(true)] out string? prefix)
    {
        prefix = "/" + configured?.Trim('/', ' ');
        if (prefix.Length > 1 && !HasSpecial(prefix) && !prefix.Contains("//", StringComparison.Ordinal))
        {
            return true;
        }

        prefix = null;
        return false;
    }

    // By hand: every service does it once at start, and the library's search would have to be compiled for it.
    private static bool HasSpecial(string prefix)
    {
        foreach (char character in prefix)
        {
            if (character is '?' or '#' or '{' or '}' or '*' or '%' or '\\' or ' ')
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasSiblings(ReadOnlySpan<char> prefix) => prefix.EndsWith(Last, StringComparison.OrdinalIgnoreCase);

    private static EndpointPath Below(string path, string? name, bool unclean) => name is null
        ? new EndpointPath("", path + "/")
        : new EndpointPath(name, unclean ? path : null, unclean);

    private static string Clean(string path)
    {
        string cleaned = "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries));
        return path.EndsWith('/') && cleaned.Length > 1 ? cleaned + "/" : cleaned;
    }
}

using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Keeps pages of other sites from using the browser of somebody on this machine: an image with the address of a profile
/// would start one. Browsers say where a request comes from (Fetch Metadata, Origin); other clients do not, and pass.
/// </summary>
internal static class CrossSiteRule
{
    /// <summary>Why the request is refused, as the end of a sentence; null when it is not.</summary>
    public static string? Refusal(HttpRequest request)
    {
        // Only one value is known to be harmful: what a later standard adds is not refused for it.
        if (string.Equals(request.Headers["Sec-Fetch-Site"], "cross-site", StringComparison.OrdinalIgnoreCase))
        {
            return "a page of another site made a browser send this one (type the address to go there)";
        }

        return request.Headers.Origin is [{ } origin] && !IsThisMachine(origin) || request.Headers.Origin.Count > 1
            ? "a page of another site sent this one (its Origin header does not name this machine)"
            : null;
    }

    // "null" is what a page sends whose origin is to be kept secret, and a file.
    private static bool IsThisMachine(string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.IdnHost is { Length: > 0 } host && LoopbackRule.IsThisMachine(host);
}

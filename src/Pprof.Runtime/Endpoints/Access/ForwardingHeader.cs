namespace Pprof.Endpoints.Access;

/// <summary>
/// Tells the headers that proxies and content delivery networks add. Each has names of its own, but all say the same few
/// things: whose address the client has, what it asked for at first, who passed it on.
/// </summary>
internal static class ForwardingHeader
{
    // Anywhere in the name, whose separators do not count. "forward" is also in Max-Forwards.
    private static readonly string[] s_parts =
    [
        "forward", "proxy", "proxied", "original", "rewrite", "varnish", "envoy", "akamai", "cloudfront", "cloudflare", "appengine",
        "clientip", "clientcert", "clientdn", "clientport", "remoteaddr", "realip", "connectingip", "frontend", "loadbalancer",
    ];

    // A whole word of the name: who passed it on, and how it came to them.
    private static readonly string[] s_words =
    [
        "via", "ip", "cf", "cdn", "amzn", "amz", "azure", "arr", "fd", "fastly", "fly", "vercel", "nf", "sucuri", "incap", "gfe",
        "ingress", "waf", "edge", "nginx", "haproxy", "traefik", "caddy", "scheme", "proto", "ssl", "tls", "https",
    ];

    /// <summary>Whether a client on this machine would not have sent a header of this name.</summary>
    public static bool Is(string name)
    {
        // What browsers say of themselves, and pages cannot set.
        if (name.StartsWith("Sec-", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<char> letters = name.Length <= 128 ? stackalloc char[name.Length] : new char[name.Length];
        int length = 0;
        int word = 0;
        foreach (char letter in name)
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                letters[length++] = char.ToLowerInvariant(letter);
            }
            else
            {
                if (IsOneOf(letters[word..length]))
                {
                    return true;
                }

                word = length;
            }
        }

        letters = letters[..length];
        if (IsOneOf(letters[word..]) || letters is [.., 'i', 'p'])
        {
            return true;
        }

        foreach (string part in s_parts)
        {
            if (letters.IndexOf(part) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsOneOf(ReadOnlySpan<char> word)
    {
        foreach (string other in s_words)
        {
            if (word.SequenceEqual(other))
            {
                return true;
            }
        }

        return false;
    }
}

using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Access;

/// <summary>
/// Whether a request knows the secret, as the password of HTTP Basic (RFC 7617): what every client can send that takes a
/// URL with a user in it. The user name does not matter.
/// </summary>
internal static class SecretRule
{
    private const string Scheme = "Basic ";

    /// <summary>Whether the request has <paramref name="secret"/>. Nobody has an empty one.</summary>
    public static bool IsKnown(HttpRequest request, string secret)
    {
        if (request.Headers.Authorization is not [{ } authorization] || !authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        ReadOnlySpan<char> encoded = authorization.AsSpan(Scheme.Length).Trim(' ');
        byte[] credentials = new byte[encoded.Length];
        if (!Convert.TryFromBase64Chars(encoded, credentials, out int length))
        {
            return false;
        }

        ReadOnlySpan<byte> given = credentials.AsSpan(0, length);
        int colon = given.IndexOf((byte)':');
        return colon >= 0 && IsSame(given[(colon + 1)..], System.Text.Encoding.UTF8.GetBytes(secret));
    }

    /// <summary>Answers with status 401, so that a client asks for the secret or says that it lacks it.</summary>
    public static Task ChallengeAsync(HttpContext context)
    {
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"pprof\", charset=\"UTF-8\"";
        return ResponseText.WriteErrorAsync(
            context,
            StatusCodes.Status401Unauthorized,
            $"""
            pprof asks for a secret (Pprof:Secret in the configuration of this service), as the password of HTTP Basic with any
            user name: go tool pprof http://pprof:SECRET@host{context.Request.PathBase}{context.Request.Path}
            """);
    }

    /// <summary>Compares in a time that does not depend on what <paramref name="secret"/> is, nor on how long.</summary>
    private static bool IsSame(ReadOnlySpan<byte> given, byte[] secret)
    {
        byte[] padded = new byte[secret.Length];
        given[..Math.Min(given.Length, secret.Length)].CopyTo(padded);
        return CryptographicOperations.FixedTimeEquals(padded, secret) & given.Length == secret.Length & secret.Length > 0;
    }
}

using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace Pprof.Hosting.Listening;

/// <summary>
/// Compares addresses by what they bind: <c>http://localhost:6060</c> and <c>http://LOCALHOST:6060/</c> are one. Text
/// that is no address is equal to itself.
/// </summary>
internal sealed class ListenAddressComparer : IEqualityComparer<string?>
{
    /// <summary>The only one.</summary>
    public static ListenAddressComparer Instance { get; } = new();

    /// <inheritdoc/>
    public bool Equals(string? x, string? y) =>
        string.Equals(x, y, StringComparison.Ordinal) || (Parse(x) is { } address && address.Equals(Parse(y)));

    /// <inheritdoc/>
    public int GetHashCode([DisallowNull] string? url) => Parse(url)?.GetHashCode() ?? url.GetHashCode(StringComparison.Ordinal);

    private static BindingAddress? Parse(string? url)
    {
        if (url is null)
        {
            return null;
        }

        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            // The server says so to whoever tries to listen on it.
            return null;
        }
    }
}

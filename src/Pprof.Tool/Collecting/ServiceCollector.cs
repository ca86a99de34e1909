using System.Globalization;
using System.Net.Http.Headers;

namespace Pprof.Tool.Collecting;

/// <summary>Asks a service for a profile.</summary>
internal static class ServiceCollector
{
    private const int MaxErrorLength = 400;

    // What a service may take beyond the seconds that it collects.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>What the service answers.</summary>
    /// <exception cref="ToolException">It does not answer with a profile.</exception>
    public static async Task<byte[]> CollectAsync(
        ProfileAddress address, IReadOnlyList<string> headers, ToolConsole console, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(address.Seconds) + s_patience };
        using HttpRequestMessage request = RequestFor(address, headers);
        await using var progress = CollectionProgress.Start(address.ToString(), address.Seconds, console);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request, cancellationToken);
            byte[] content = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return response.IsSuccessStatusCode ? content : throw new ToolException(Describe(address, response, content));
        }
        catch (HttpRequestException exception)
        {
            throw new ToolException($"{address}: {exception.InnerException?.Message ?? exception.Message}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ToolException(string.Create(CultureInfo.InvariantCulture, $"{address} did not answer within {client.Timeout.TotalSeconds:0} s"), exception);
        }
    }

    private static HttpRequestMessage RequestFor(ProfileAddress address, IReadOnlyList<string> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        if (address.User.Length > 0)
        {
            string user = address.User.Contains(':', StringComparison.Ordinal) ? address.User : address.User + ":";
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(user)));
        }

        foreach (string header in headers)
        {
            int colon = header.IndexOf(':', StringComparison.Ordinal);
            string name = colon > 0 ? header[..colon].Trim() : "";
            if (name.Equals("Authorization", StringComparison.OrdinalIgnoreCase))
            {
                request.Headers.Authorization = null;
            }

            if (name.Length == 0 || !request.Headers.TryAddWithoutValidation(name, header[(colon + 1)..].Trim()))
            {
                // The value may be a secret.
                throw new ToolException("a header has the form 'Name: value'");
            }
        }

        return request;
    }

    private static string Describe(ProfileAddress address, HttpResponseMessage response, byte[] content)
    {
        string reason = response.Content.Headers.ContentType?.MediaType == "text/plain" ? System.Text.Encoding.UTF8.GetString(content).Trim() : "";
        reason = reason.Length > MaxErrorLength ? reason[..MaxErrorLength] + "…" : reason;
        return string.Create(CultureInfo.InvariantCulture, $"{address}: {(int)response.StatusCode} {response.ReasonPhrase}{(reason.Length > 0 ? ": " : "")}{reason}");
    }
}

using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Pprof.Endpoints;

/// <summary>Responses with the headers that Go's endpoints send.</summary>
internal static class ResponseText
{
    public const string PlainText = "text/plain; charset=utf-8";
    public const string Html = "text/html; charset=utf-8";
    public const string Json = "application/json";
    public const string OctetStream = "application/octet-stream";

    private const int MaxPiece = 64 * 1024;

    /// <summary>
    /// An error that the pprof tool shows to its user: it prints the body when the header <c>X-Go-Pprof</c> is there
    /// and the content is plain text.
    /// </summary>
    public static Task WriteErrorAsync(HttpContext context, int status, string text)
    {
        HttpResponse response = context.Response;
        response.Headers["X-Go-Pprof"] = "1";
        response.Headers.ContentDisposition = default;
        response.Headers.ContentSecurityPolicy = default;
        response.StatusCode = status;
        return WriteAsync(context, PlainText, System.Text.Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>Writes a whole body. For HEAD the server sends the headers only.</summary>
    public static Task WriteAsync(HttpContext context, string contentType, string text) =>
        WriteAsync(context, contentType, System.Text.Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="WriteAsync(HttpContext, string, string)"/>
    public static Task WriteAsync(HttpContext context, string contentType, ReadOnlyMemory<byte> body)
    {
        HttpResponse response = context.Response;
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (contentType == OctetStream)
        {
            PreventCompression(context);
        }

        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : WriteInPiecesAsync(response.Body, body, context.RequestAborted);
    }

    // What is written at once the server copies into buffers of its own, which it keeps.
    private static async Task WriteInPiecesAsync(Stream output, ReadOnlyMemory<byte> body, CancellationToken cancellation)
    {
        while (body.Length > MaxPiece)
        {
            await output.WriteAsync(body[..MaxPiece], cancellation);
            body = body[MaxPiece..];
        }

        await output.WriteAsync(body, cancellation);
    }

    /// <summary>
    /// Begins a body of unknown length. Nothing is sent before the first byte is written to the result, so that an error
    /// can still be answered until then.
    /// </summary>
    public static Stream BeginStream(HttpContext context, string contentType)
    {
        HttpResponse response = context.Response;
        response.ContentType = contentType;
        PreventCompression(context);
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return response.Body;
    }

    /// <summary>Announces a download of this name.</summary>
    public static void SetFileName(HttpResponse response, string name)
    {
        // A custom profile may have any name; what cannot stand in a quoted header value must not fail the response.
        string safe = string.Concat(name.Select(letter => letter is >= ' ' and <= '~' and not ('"' or '\\') ? letter : '_'));
        response.Headers.ContentDisposition = $"attachment; filename=\"{safe}\"";
    }

    /// <summary>
    /// Profiles are compressed already, and tools that save the body expect it that way. The application's compression
    /// leaves a response alone that has an encoding when its first byte is written.
    /// </summary>
    private static void PreventCompression(HttpContext context)
    {
        if (context.Features.Get<IHttpsCompressionFeature>() is null)
        {
            return;
        }

        HttpResponse response = context.Response;
        response.Headers.ContentEncoding = "identity";
        response.OnStarting(() =>
        {
            response.Headers.ContentEncoding = default;
            return Task.CompletedTask;
        });
    }
}

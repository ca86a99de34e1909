using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Views;

/// <summary>A file of the viewer. It is in the assembly as it is sent: built, and compressed with gzip.</summary>
internal sealed class ViewFile(string name, string contentType)
{
    /// <summary>The script of the page with the flame graph.</summary>
    public static ViewFile Script { get; } = new("flame.js.gz", "text/javascript; charset=utf-8");

    /// <summary>The style sheet of all pages.</summary>
    public static ViewFile Style { get; } = new("flame.css.gz", "text/css; charset=utf-8");

    /// <summary>Sends it, compressed where the client can read that.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var buffer = new MemoryStream();
        using (Stream file = typeof(ViewFile).Assembly.GetManifestResourceStream("Pprof." + name)!)
        {
            if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
            {
                context.Response.Headers.ContentEncoding = "gzip";
                file.CopyTo(buffer);
            }
            else
            {
                using var plain = new GZipStream(file, CompressionMode.Decompress);
                plain.CopyTo(buffer);
            }
        }

        context.Response.Headers.Vary = "Accept-Encoding";
        await ResponseText.WriteAsync(context, contentType, buffer.ToArray());
    }
}

using System.IO.Compression;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Views;

/// <summary>
/// A file of the viewer. It is in the assembly as it is sent: built, and compressed with gzip, which every browser reads.
/// Nobody else asks for it.
/// </summary>
internal static class ViewFile
{
    /// <summary>The name of the script.</summary>
    public const string Script = "Pprof.flame.js.gz";

    /// <summary>The name of the style sheet.</summary>
    public const string Style = "Pprof.flame.css.gz";

    /// <summary>Sends the script of the page with the flame graph.</summary>
    public static Task WriteScriptAsync(HttpContext context) => WriteAsync(context, Script, "text/javascript; charset=utf-8");

    /// <summary>Sends the style sheet of all pages.</summary>
    public static Task WriteStyleAsync(HttpContext context) => WriteAsync(context, Style, "text/css; charset=utf-8");

    /// <summary>A file as it was before it was compressed.</summary>
    public static string ReadText(string name)
    {
        using Stream file = typeof(ViewFile).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        return reader.ReadToEnd();
    }

    private static Task WriteAsync(HttpContext context, string name, string contentType)
    {
        using Stream file = typeof(ViewFile).Assembly.GetManifestResourceStream(name)!;
        byte[] body = new byte[file.Length];
        file.ReadExactly(body);
        context.Response.Headers.ContentEncoding = "gzip";
        return ResponseText.WriteAsync(context, contentType, body);
    }
}

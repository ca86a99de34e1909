using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Views;

/// <summary>
/// A file of the viewer. It is in the assembly as it is sent: built, and compressed with gzip, which every browser reads.
/// Nobody else asks for it.
/// </summary>
internal static class ViewFile
{
    /// <summary>Sends the script of the page with the flame graph.</summary>
    public static Task WriteScriptAsync(HttpContext context) => WriteAsync(context, "Pprof.flame.js.gz", "text/javascript; charset=utf-8");

    /// <summary>Sends the style sheet of all pages.</summary>
    public static Task WriteStyleAsync(HttpContext context) => WriteAsync(context, "Pprof.flame.css.gz", "text/css; charset=utf-8");

    private static Task WriteAsync(HttpContext context, string name, string contentType)
    {
        using Stream file = typeof(ViewFile).Assembly.GetManifestResourceStream(name)!;
        byte[] body = new byte[file.Length];
        file.ReadExactly(body);
        context.Response.Headers.ContentEncoding = "gzip";
        return ResponseText.WriteAsync(context, contentType, body);
    }
}

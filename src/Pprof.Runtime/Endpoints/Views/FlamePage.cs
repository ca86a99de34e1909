using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Views;

/// <summary>
/// The page with the flame graph: its controls, which its script brings to life. What the script has to know of the profile
/// stands in attributes, because the page may not hold any script.
/// </summary>
internal static class FlamePage
{
    /// <summary>The page of a profile, which asks the service for it.</summary>
    public static string Render(ProfileDescriptor row)
    {
        bool isTimed = (row.Forms & ProfileForms.Timed) != 0;
        return Render(
            row.Name,
            row.Description,
            """
            <link rel="stylesheet" href="?view=flame.css">
            <script src="?view=flame.js" defer></script>
            """,
            data: "",
            isTimed ? row.DefaultSeconds : 0,
            hidesSeconds: !isTimed && (row.Forms & ProfileForms.Delta) == 0,
            isFile: false);
    }

    /// <summary>
    /// The page of a profile that it holds itself, with all that it is made of: a file that can be kept and sent.
    /// </summary>
    /// <param name="name">The profile's name.</param>
    /// <param name="description">What stands below it.</param>
    /// <param name="tree">What <c>view=flame.json</c> answers.</param>
    /// <param name="first">The same of what the profile is compared with, or null.</param>
    public static string RenderFile(string name, string description, byte[] tree, byte[]? first)
    {
        string script = ViewFile.ReadText(ViewFile.Script);
        string style = ViewFile.ReadText(ViewFile.Style);
        string policy =
            $"default-src 'none'; script-src '{HashOf(script)}'; style-src '{HashOf(style)}'; img-src data:; base-uri 'none'; form-action 'none'";
        // The script comes last, when the elements that it looks for are there.
        var data = new StringBuilder();
        AppendData(data, "data", tree);
        AppendData(data, "first", first);
        data.Append("<script>").Append(script).Append("</script>\n");
        return Render(
            name,
            description,
            $"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n<style>{style}</style>",
            data.ToString(),
            defaultSeconds: 0,
            hidesSeconds: true,
            isFile: true);
    }

    // JSON as it is written here has no <, which could end the element.
    private static void AppendData(StringBuilder data, string id, byte[]? json)
    {
        if (json is not null)
        {
            data.Append("<script type=\"application/json\" id=\"").Append(id).Append("\">")
                .Append(System.Text.Encoding.UTF8.GetString(json)).Append("</script>\n");
        }
    }

    private static string HashOf(string text) =>
        "sha256-" + Convert.ToBase64String(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static string Render(string name, string description, string head, string data, int defaultSeconds, bool hidesSeconds, bool isFile)
    {
        string title = WebUtility.HtmlEncode(name);
        string withoutSeconds = hidesSeconds ? " hidden" : "";
        string withoutService = isFile ? " hidden" : "";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{title}: flame graph</title>
            <link rel="icon" href="data:,">
            {head}
            </head>
            <body data-profile="{title}" data-seconds="{defaultSeconds}">
            <header>
            <h1>{title}</h1>
            <p>{WebUtility.HtmlEncode(description)}</p>
            <form id="collect">
            <label{withoutSeconds}>seconds <input id="seconds" type="number" min="1" step="1" placeholder="{(defaultSeconds > 0 ? defaultSeconds : "all")}"></label>
            <button id="again"{withoutService}>Collect</button>
            <button id="stop" type="button" hidden>Stop</button>
            <button id="keep" type="button" aria-pressed="false" disabled{withoutService}>Compare with this one</button>
            <a id="save" hidden>download .pb.gz</a>
            <a id="top" href="?view=top"{withoutService}>top</a>
            </form>
            <p id="progress" hidden><progress id="bar" aria-label="collecting"></progress> <span id="left" role="status"></span></p>
            <p id="error" role="alert"></p>
            </header>
            <noscript><p>The flame graph needs JavaScript.<span{withoutService}> <a href="?view=top">The table of functions</a> does not.</span></p></noscript>
            <main id="view" hidden>
            <form id="options">
            <label>value <select id="type"></select></label>
            <label>order <select id="order"><option value="callees">callers above callees</option><option value="callers">callees above callers</option></select></label>
            <label>grows <select id="layout"><option value="icicle">downwards (icicle)</option><option value="flame">upwards (flame)</option></select></label>
            <label>only label <select id="focus"></select></label>
            <label>group by label <select id="root"></select></label>
            <label>search <input id="search" type="search" autocomplete="off" spellcheck="false"></label>
            <button id="reset" type="button">Reset zoom</button>
            </form>
            <p id="facts"></p>
            <p id="found" role="status"></p>
            <p id="details" aria-live="polite">Click a frame, or press Enter on it, to zoom; arrow keys go from frame to frame, Escape goes back.</p>
            <div id="chart"></div>
            <details id="list"><summary>Functions as a table</summary>
            <table class="top"><thead><tr><th scope="col" class="number">flat</th><th scope="col" class="number">flat%</th><th scope="col" class="number">cum</th><th scope="col" class="number">cum%</th><th scope="col">function</th></tr></thead><tbody id="rows"></tbody></table>
            </details>
            <details><summary>About this profile</summary><ul id="comments" class="facts"></ul></details>
            </main>
            {data}</body>
            </html>

            """);
    }
}

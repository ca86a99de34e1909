using System.Globalization;
using System.Net;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Views;

/// <summary>
/// The page with the flame graph: its controls, which its script brings to life. What the script has to know of the profile
/// stands in attributes, because the page may not hold any script.
/// </summary>
internal static class FlamePage
{
    /// <summary>The page of a profile.</summary>
    public static string Render(ProfileDescriptor row)
    {
        string title = WebUtility.HtmlEncode(row.Name);
        bool isTimed = (row.Forms & ProfileForms.Timed) != 0;
        string takesSeconds = isTimed || (row.Forms & ProfileForms.Delta) != 0 ? "" : " hidden";
        return string.Create(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{title}: flame graph</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="?view=flame.css">
            <script src="?view=flame.js" defer></script>
            </head>
            <body data-profile="{title}" data-seconds="{(isTimed ? row.DefaultSeconds : 0)}">
            <header>
            <h1>{title}</h1>
            <p>{WebUtility.HtmlEncode(row.Description)}</p>
            <form id="collect">
            <label{takesSeconds}>seconds <input id="seconds" type="number" min="1" step="1" placeholder="{(isTimed ? row.DefaultSeconds : "all")}"></label>
            <button id="again">Collect</button>
            <button id="stop" type="button" hidden>Stop</button>
            <button id="keep" type="button" aria-pressed="false" disabled>Compare with this one</button>
            <a id="save" hidden>download .pb.gz</a>
            <a id="top" href="?view=top">top</a>
            </form>
            <p id="progress" hidden><progress id="bar"></progress> <span id="left" role="status"></span></p>
            <p id="error" role="alert"></p>
            </header>
            <noscript><p>The flame graph needs JavaScript. <a href="?view=top">The table of functions</a> does not.</p></noscript>
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
            </body>
            </html>

            """);
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using Pprof.Encoding.Views;

namespace Pprof.Endpoints.Views;

/// <summary>The page with the table of functions.</summary>
internal static class TopPage
{
    private static readonly string[] s_columns = ["flat", "flat%", "sum%", "cum", "cum%"];

    /// <summary>The page of the profile <paramref name="name"/>.</summary>
    public static string Render(string name, TopTable table)
    {
        string title = WebUtility.HtmlEncode(name);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <title>{title}: top</title>
            <link rel="icon" href="data:,">
            <link rel="stylesheet" href="?view=flame.css">
            </head>
            <body>
            <main>
            <h1>{title}</h1>
            <p><a href="?view=flame">flame graph</a></p>
            <ul class="facts">

            """);
        foreach (string line in table.Header)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li>{WebUtility.HtmlEncode(line)}</li>\n");
        }

        page.Append("</ul>\n<table class=\"top\">\n<thead><tr>");
        foreach (string column in s_columns)
        {
            page.Append(CultureInfo.InvariantCulture, $"<th scope=\"col\" class=\"number\">{column}</th>");
        }

        page.Append("<th scope=\"col\">function</th></tr></thead>\n<tbody>\n");
        foreach (TopTable.Row row in table.Rows)
        {
            page.Append("<tr>");
            foreach (string value in (string[])[row.Flat, row.FlatShare, row.SumShare, row.Cumulative, row.CumulativeShare])
            {
                page.Append(CultureInfo.InvariantCulture, $"<td class=\"number\">{value.Trim()}</td>");
            }

            page.Append(CultureInfo.InvariantCulture, $"<th scope=\"row\">{WebUtility.HtmlEncode(row.Name)}</th></tr>\n");
        }

        page.Append("</tbody>\n</table>\n</main>\n</body>\n</html>\n");
        return page.ToString();
    }
}

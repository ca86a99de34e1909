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
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>")
            .Append(title)
            .Append(": top</title>\n<link rel=\"icon\" href=\"data:,\">\n<link rel=\"stylesheet\" href=\"?view=flame.css\">\n</head>\n<body>\n<main>\n<h1>")
            .Append(title)
            .Append("</h1>\n<p><a href=\"?view=flame\">flame graph</a></p>\n<ul class=\"facts\">\n");
        foreach (string line in table.Header)
        {
            page.Append("<li>").Append(WebUtility.HtmlEncode(line)).Append("</li>\n");
        }

        page.Append("</ul>\n<table class=\"top\">\n<thead><tr>");
        foreach (string column in s_columns)
        {
            page.Append("<th scope=\"col\" class=\"number\">").Append(column).Append("</th>");
        }

        page.Append("<th scope=\"col\">function</th></tr></thead>\n<tbody>\n");
        foreach (TopTable.Row row in table.Rows)
        {
            page.Append("<tr>");
            foreach (string text in row.Texts)
            {
                page.Append("<td class=\"number\">").Append(text.Trim()).Append("</td>");
            }

            page.Append("<th scope=\"row\">").Append(WebUtility.HtmlEncode(row.Name)).Append("</th></tr>\n");
        }

        page.Append("</tbody>\n</table>\n</main>\n</body>\n</html>\n");
        return page.ToString();
    }
}

using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints.Query;
using Pprof.Endpoints.Views;

namespace Pprof.Endpoints;

/// <summary>
/// The page at <c>/debug/pprof/</c>. Its rows have the form of Go's, because people's scripts read them; its links are
/// relative, so that it works behind a proxy that adds or removes a prefix.
/// </summary>
internal static class IndexPage
{
    /// <summary>The page for these profiles, requested at <paramref name="path"/>.</summary>
    public static string Render(string path, IEnumerable<ProfileDescriptor> profiles)
    {
        List<ProfileDescriptor> table = [.. profiles];
        List<Row> rows = table.ConvertAll(Describe);
        rows.Add(new("cmdline", "cmdline", 0, true, false, "The command line of this process, its arguments separated by NUL bytes."));
        rows.Add(new("symbol", "symbol", 0, true, false, "Names the functions at the addresses in the query string or in the request body. GET and POST."));
        rows.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));

        string title = WebUtility.HtmlEncode(path);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $$"""
            <html>
            <head>
            <title>{{title}}</title>
            <style>
            body{
            	overflow-wrap:break-word;
            }
            td:nth-child(2){
            	overflow-wrap:anywhere;
            }
            .profile-name{
            	display:inline-block;
            	min-width:6rem;
            	max-width:100%;
            	vertical-align:top;
            }
            </style>
            </head>
            <body>
            {{title}}
            <br>
            <p>With the query parameter debug=1 a profile is shown as text.{{WebUtility.HtmlEncode(DescribeDeltas(table))}}</p>
            <br>
            Types of profiles available:
            <table>
            <thead><td>Count</td><td>Profile</td></thead>

            """);
        foreach (Row row in rows)
        {
            string name = WebUtility.HtmlEncode(row.Name);
            string cell = row.IsAvailable ? $"<a href='{WebUtility.HtmlEncode(row.Href)}?debug=1'>{name}</a>" : name;
            page.Append(CultureInfo.InvariantCulture, $"<tr><td>{row.Count}</td><td>{cell}</td>{ViewLink(row)}</tr>\n");
        }

        page.Append("</table>\n");
        foreach (ProfileDescriptor profile in table)
        {
            foreach (ProfileLink link in profile.Links)
            {
                string text = WebUtility.HtmlEncode(link.Text);
                page.Append(MissingReason(profile, link) is { } reason
                    ? $"{text}: not available here: {WebUtility.HtmlEncode(reason)}\n<br>\n"
                    : $"<a href=\"{WebUtility.HtmlEncode(profile.Href)}?{WebUtility.HtmlEncode(link.Query)}\">{text}</a>\n<br>\n");
            }
        }

        page.Append("<p>\nProfile Descriptions:\n<ul>\n");
        foreach (Row row in rows)
        {
            page.Append(CultureInfo.InvariantCulture, $"<li><div class=profile-name>{WebUtility.HtmlEncode(row.Name)}: </div> {WebUtility.HtmlEncode(row.Description)}</li>\n");
        }

        page.Append("</ul>\n</p>\n</body>\n</html>");
        return page.ToString();
    }

    private static Row Describe(ProfileDescriptor profile)
    {
        ProfileCollector collector = profile.Instance;
        return collector.UnsupportedReason is { } reason
            ? new Row(profile.Name, profile.Href, 0, false, false, $"{profile.Description} Not available here: {reason}".Trim())
            : new Row(profile.Name, profile.Href, collector is SnapshotProfileCollector snapshots ? snapshots.Count : 0, true, profile.Shape is not null, profile.Description);
    }

    /// <summary>Why what a link asks for cannot be had here; null where it can be.</summary>
    private static string? MissingReason(ProfileDescriptor profile, ProfileLink link)
    {
        var query = new RequestQuery(new QueryString("?" + link.Query));
        string view = query.First("view");
        ProfileCollector collector = (profile.Views.FirstOrDefault(other => other.View == view) ?? profile).Instance;
        return collector.UnsupportedReason ?? collector.UnsupportedFormatReason(query.First("format"));
    }

    // Beside Go's two columns, which stay as they are.
    private static string ViewLink(Row row) =>
        ProfileViewer.IsSupported && row.HasView ? $"<td><a href=\"{WebUtility.HtmlEncode(row.Href)}?view=flame\">view</a></td>" : "";

    private static string DescribeDeltas(List<ProfileDescriptor> table)
    {
        string names = string.Join(", ", table
            .Where(profile => (profile.Forms & ProfileForms.Delta) != 0)
            .Select(profile => profile.Name)
            .Order(StringComparer.Ordinal));
        return names.Length == 0 ? "" : $" With seconds=5 these show what came in 5 seconds: {names}.";
    }

    private sealed record Row(string Name, string Href, int Count, bool IsAvailable, bool HasView, string Description);
}

using Microsoft.AspNetCore.Http;
using Pprof.CompilerServices;
using Pprof.Encoding.Views;
using Pprof.Endpoints.Query;
using Pprof.Profiles;

namespace Pprof.Endpoints.Views;

/// <summary>
/// A profile to look at without a tool: <c>view=flame</c>, a page that asks for its parts by <c>view=</c> as well, and
/// <c>view=top</c>.
/// </summary>
internal static class ViewRequest
{
    // Everything comes from here, and nothing can be put into a page that would run: not even an attribute with a style.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Answers, or has <paramref name="collect"/> answer with the form that is asked for.</summary>
    public static Task ServeAsync(HttpContext context, ProfileDescriptor row, ProfileView view, RequestQuery query, Func<ProfileForm, Task> collect)
    {
        if (!ProfileViewer.IsSupported)
        {
            return ResponseText.WriteErrorAsync(context, StatusCodes.Status501NotImplemented, ProfileViewer.UnsupportedReason);
        }

        if (row.Shape is null)
        {
            return ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, "\"view\" parameter is not supported for this profile type");
        }

        return view switch
        {
            ProfileView.FlameScript => ViewFile.WriteScriptAsync(context),
            ProfileView.FlameStyle => ViewFile.WriteStyleAsync(context),
            ProfileView.Flame => WritePageAsync(context, row),
            ProfileView.FlameTree => collect(FlameTree(row.Name, Filter(query))),
            _ => ServeTopAsync(context, row, query, collect),
        };
    }

    private static Task WritePageAsync(HttpContext context, ProfileDescriptor row)
    {
        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return ResponseText.WriteAsync(context, ResponseText.Html, FlamePage.Render(row));
    }

    private static ProfileForm FlameTree(string name, LabelFilter filter) =>
        new(ResponseText.Json, isFile: false, (profile, symbolizer) => FrameTreeJson.Encode(name, profile, symbolizer, filter));

    private static Task ServeTopAsync(HttpContext context, ProfileDescriptor row, RequestQuery query, Func<ProfileForm, Task> collect)
    {
        ProfileShape shape = row.Shape!;
        int index = TopTable.DefaultIndex(shape);
        if (query.First("sample_index") is { Length: > 0 } type)
        {
            if (TopTable.IndexOf(shape, type) is not { } named)
            {
                string types = string.Join(", ", shape.SampleTypes.Select(static type => type.Type));
                return ResponseText.WriteErrorAsync(context, StatusCodes.Status400BadRequest, "invalid value for \"sample_index\" - must be one of " + types);
            }

            index = named;
        }

        LabelFilter filter = Filter(query);
        context.Response.Headers.Vary = "Accept";
        if (WantsText(context.Request))
        {
            return collect(new ProfileForm(
                ResponseText.PlainText,
                isFile: false,
                (profile, symbolizer) => System.Text.Encoding.UTF8.GetBytes(TopText.Of(TopTable.Of(profile, symbolizer, index, filter)))));
        }

        context.Response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        return collect(new ProfileForm(
            ResponseText.Html,
            isFile: false,
            (profile, symbolizer) => System.Text.Encoding.UTF8.GetBytes(TopPage.Render(row.Name, TopTable.Of(profile, symbolizer, index, filter)))));
    }

    private static LabelFilter Filter(RequestQuery query) => new(query.First("tagfocus"), query.First("tagroot"));

    /// <summary>Whether the client takes text, and does not say as a browser does that it takes pages as well.</summary>
    private static bool WantsText(HttpRequest request)
    {
        string accept = request.Headers.Accept.ToString();
        return accept.Contains("text/plain", StringComparison.OrdinalIgnoreCase) && !accept.Contains("text/html", StringComparison.OrdinalIgnoreCase);
    }
}

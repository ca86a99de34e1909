using System.Diagnostics.CodeAnalysis;

namespace Pprof.Endpoints.Query;

/// <summary>What <c>view=</c> asks to be shown of a profile, in place of the profile itself.</summary>
internal enum ProfileView
{
    /// <summary>Nothing: the request is for the profile.</summary>
    None,

    /// <summary>The page with the flame graph.</summary>
    Flame,

    /// <summary>What that page draws: the profile as a tree.</summary>
    FlameTree,

    /// <summary>That page's script.</summary>
    FlameScript,

    /// <summary>The style sheet of all pages.</summary>
    FlameStyle,

    /// <summary>The table of functions.</summary>
    Top,
}

/// <summary>Reads <c>view=</c>. The parts of a page are views of the same profile: they need no path of their own.</summary>
internal static class ViewQuery
{
    /// <summary>The view, or what the client is told where there is none of that name.</summary>
    public static bool TryRead(RequestQuery query, out ProfileView view, [NotNullWhen(false)] out string? refusal)
    {
        ProfileView? known = query.First("view") switch
        {
            "" => ProfileView.None,
            "flame" => ProfileView.Flame,
            "flame.json" => ProfileView.FlameTree,
            "flame.js" => ProfileView.FlameScript,
            "flame.css" => ProfileView.FlameStyle,
            "top" => ProfileView.Top,
            _ => null,
        };
        view = known ?? ProfileView.None;
        refusal = known is null ? "invalid value for \"view\" - must be flame or top" : null;
        return known is not null;
    }
}

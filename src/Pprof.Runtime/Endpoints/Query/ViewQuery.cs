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
    /// <param name="name">What is asked for; nothing for the profile itself.</param>
    /// <param name="others">The names of views that the profile has of its own.</param>
    /// <param name="view">The view.</param>
    /// <param name="refusal">What the client is told.</param>
    public static bool TryRead(string name, IEnumerable<string> others, out ProfileView view, [NotNullWhen(false)] out string? refusal)
    {
        ProfileView? known = name switch
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
        refusal = known is null ? $"invalid value for \"view\" - must be {string.Join(", ", (string[])["flame", .. others])} or top" : null;
        return known is not null;
    }
}

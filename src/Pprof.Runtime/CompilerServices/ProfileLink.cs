using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>A link on the index page to another form of a profile than that of its row.</summary>
/// <param name="text">What the link says.</param>
/// <param name="query">The query string that asks for the form, such as <c>debug=2</c>.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileLink(string text, string query)
{
    /// <summary>What the link says.</summary>
    public string Text { get; } = text;

    /// <summary>The query string that asks for the form.</summary>
    public string Query { get; } = query;
}

using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>A link on the index page to another form of a profile than that of its row.</summary>
/// <param name="Text">What the link says.</param>
/// <param name="Query">The query string that asks for the form, such as <c>debug=2</c>.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ProfileLink(string Text, string Query);

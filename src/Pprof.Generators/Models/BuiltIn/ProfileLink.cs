namespace Pprof.Generators.Models.BuiltIn;

/// <summary>A link on the index page to another form of a profile than that of its row.</summary>
/// <param name="Text">What the link says.</param>
/// <param name="Query">The query string that asks for the form.</param>
internal readonly record struct ProfileLink(string Text, string Query);

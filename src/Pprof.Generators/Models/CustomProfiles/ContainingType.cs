namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>A type around the declaration of a custom profile.</summary>
/// <param name="Keyword">How it is declared: <c>class</c>, <c>record struct</c>.</param>
/// <param name="Name">Its name, as the source writes it, with its type parameters.</param>
internal readonly record struct ContainingType(string Keyword, string Name);

using Microsoft.CodeAnalysis.CSharp;

namespace Pprof.Generators.CustomProfiles;

/// <summary>A custom profile of a referenced library, as the library's assembly tells of it.</summary>
/// <param name="Assembly">The library.</param>
/// <param name="Name">The name in the path.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
/// <param name="Type">Full name of the public type that holds the profile.</param>
/// <param name="Member">Its public static field.</param>
internal readonly record struct DeclaredProfile(string Assembly, string Name, string Description, string Type, string Member)
{
    /// <summary>Whether the table can name it. A library that was not built with the generator may say anything.</summary>
    public bool CanBeInTheTable =>
        ProfileName.Problem(Name) is null && Type.Split('.').All(IsIdentifier) && IsIdentifier(Member);

    private static bool IsIdentifier(string name) =>
        SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;
}

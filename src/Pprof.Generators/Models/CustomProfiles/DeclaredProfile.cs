namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>A custom profile of a referenced library, as the library's assembly tells of it.</summary>
/// <param name="Assembly">The library.</param>
/// <param name="Name">The name in the path.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
/// <param name="Type">Full name of the public type that holds the profile.</param>
/// <param name="Member">Its public static field.</param>
internal readonly record struct DeclaredProfile(string Assembly, string Name, string Description, string Type, string Member);

namespace Pprof.Generators.Models.CustomProfiles;

/// <summary>A name that two custom profiles have.</summary>
/// <param name="Name">The name.</param>
/// <param name="First">Who has it first, and is served.</param>
/// <param name="Second">Who has it too.</param>
/// <param name="Position">Where the second is declared, or the application's attribute where both are libraries'.</param>
internal readonly record struct NameClash(string Name, string First, string Second, SourcePosition Position);

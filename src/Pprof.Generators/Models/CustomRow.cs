namespace Pprof.Generators.Models;

/// <summary>A custom profile in the application's table.</summary>
/// <param name="Name">The name in the path.</param>
/// <param name="Description">The sentence on the index page, or empty.</param>
/// <param name="Expression">The field that holds the profile, as a C# expression.</param>
internal readonly record struct CustomRow(string Name, string Description, string Expression);

namespace Pprof.Generators.Models.BuiltIn;

/// <summary>A format in which a profile can be asked for with <c>format=</c>.</summary>
/// <param name="Name">Its name in the query string.</param>
/// <param name="FileName">What a file of it is called.</param>
/// <param name="Parameters">The names of texts that a request may give to the collector where it asks for this format.</param>
internal readonly record struct ProfileFormat(string Name, string FileName, IReadOnlyList<string> Parameters);

namespace Pprof.Generators.Models;

/// <summary>One property that the attribute sets.</summary>
/// <param name="Property">Its name, the same in the attribute and in the options.</param>
/// <param name="Expression">Its value as a C# expression.</param>
internal readonly record struct OptionAssignment(string Property, string Expression);

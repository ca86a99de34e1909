namespace Pprof.Generators.Models.BuiltIn;

/// <summary>A profile that comes with the package, as far as the generator and the rules ask: its row is the runtime's.</summary>
/// <param name="Name">The name in the path.</param>
/// <param name="Flag">
/// Its member of the runtime's <c>PprofProfiles</c>, and the method of <c>ProfileRows</c> that makes its row.
/// </param>
/// <param name="Bit">The value of that member.</param>
/// <param name="NeedsDiagnostics">
/// Whether a program with a JIT makes it of the runtime's events, which come through the runtime's diagnostic port.
/// </param>
/// <param name="NativeTargets">The beginnings of the runtime identifiers for which a NativeAOT binary can serve it.</param>
internal sealed record BuiltInProfile(string Name, string Flag, int Bit, bool NeedsDiagnostics, IReadOnlyList<string> NativeTargets);

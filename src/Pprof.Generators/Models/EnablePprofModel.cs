namespace Pprof.Generators.Models;

/// <summary>What <c>[assembly: EnablePprof]</c> says.</summary>
/// <param name="IsExecutable">
/// Whether the attribute stands in an application. A library registers nothing: it would switch the endpoints on in
/// whatever process happens to load it.
/// </param>
/// <param name="CanBeCompiled">
/// Whether the project's version of C# has what the generated code is written in. Otherwise a rule says so, which the
/// compiler's errors in a generated file would come before.
/// </param>
/// <param name="Profiles">The flags of the profiles to link.</param>
/// <param name="Options">The properties that are set, in the order in which they are written.</param>
internal readonly record struct EnablePprofModel(bool IsExecutable, bool CanBeCompiled, int Profiles, EquatableArray<OptionAssignment> Options);

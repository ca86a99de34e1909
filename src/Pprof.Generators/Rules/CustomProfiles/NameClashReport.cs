using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Pprof.Generators.Models;
using Pprof.Generators.Models.CustomProfiles;

namespace Pprof.Generators.Rules.CustomProfiles;

/// <summary>
/// Reports the names that two custom profiles have. The generator does it and no analyzer, because only one of the two is
/// in the table, and a build may leave the analyzers out.
/// </summary>
internal static class NameClashReport
{
    /// <summary>Reports each of <paramref name="clashes"/>.</summary>
    public static void Report(SourceProductionContext context, EquatableArray<NameClash> clashes)
    {
        foreach (NameClash clash in clashes)
        {
            context.ReportDiagnostic(Diagnostic.Create(
                Rule.DuplicateProfileName, LocationOf(clash.Position), clash.Name, clash.First, clash.Second));
        }
    }

    private static Location LocationOf(SourcePosition position) => Location.Create(
        position.Path,
        new TextSpan(position.Start, position.Length),
        new LinePositionSpan(
            new LinePosition(position.StartLine, position.StartCharacter),
            new LinePosition(position.EndLine, position.EndCharacter)));
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;

namespace Pprof.Generators;

/// <summary>A place in a source file, in numbers: a location of the compiler would keep the file alive.</summary>
/// <param name="Path">Path of the file.</param>
/// <param name="Start">The first character, counted from the beginning of the file.</param>
/// <param name="Length">The number of characters.</param>
/// <param name="StartLine">The line of the first character, from 0.</param>
/// <param name="StartCharacter">Its place in that line.</param>
/// <param name="EndLine">The line of the end.</param>
/// <param name="EndCharacter">Its place in that line.</param>
internal readonly record struct SourcePosition(
    string Path, int Start, int Length, int StartLine, int StartCharacter, int EndLine, int EndCharacter)
{
    /// <summary>The place of the attribute.</summary>
    public static SourcePosition Of(AttributeData attribute, CancellationToken cancellation)
    {
        if (attribute.ApplicationSyntaxReference is not { } reference)
        {
            return default;
        }

        LinePositionSpan lines = reference.SyntaxTree.GetLineSpan(reference.Span, cancellation).Span;
        return new SourcePosition(
            reference.SyntaxTree.FilePath,
            reference.Span.Start,
            reference.Span.Length,
            lines.Start.Line,
            lines.Start.Character,
            lines.End.Line,
            lines.End.Character);
    }

    /// <summary>The same for a diagnostic.</summary>
    public Location ToLocation() => Location.Create(
        Path,
        new TextSpan(Start, Length),
        new LinePositionSpan(new LinePosition(StartLine, StartCharacter), new LinePosition(EndLine, EndCharacter)));
}

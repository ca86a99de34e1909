using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Text;
using Pprof.Generators.Models;

namespace Pprof.Generators.Reading.Attributes;

/// <summary>One of the package's attributes and what it stands on. For the moment of reading: nothing may keep it.</summary>
/// <param name="Node">The declaration, or the file for an attribute of the assembly.</param>
/// <param name="Symbol">The same as a symbol: the member or the assembly.</param>
/// <param name="Attribute">The attribute. The first where it is written twice, which the compiler reports.</param>
/// <param name="Compilation">The project.</param>
internal readonly record struct AttributeUse(SyntaxNode Node, ISymbol Symbol, AttributeData Attribute, Compilation Compilation)
{
    /// <summary>Where the attribute stands.</summary>
    public SourcePosition FindPosition(CancellationToken cancellation)
    {
        if (Attribute.ApplicationSyntaxReference is not { } reference)
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
}

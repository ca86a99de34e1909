using Microsoft.CodeAnalysis;

namespace Pprof.Generators.Reading.Attributes;

/// <summary>A declaration with attributes.</summary>
/// <param name="Node">The declaration, or the file for attributes of the assembly.</param>
/// <param name="AttributeNames">
/// The names that its attributes can have, without namespaces: as written, and with the suffix that may be left out.
/// </param>
internal readonly record struct AttributedDeclaration(SyntaxNode Node, string[] AttributeNames);

using Microsoft.CodeAnalysis;

namespace Pprof.Generators.Attributes;

/// <summary>One of the package's attributes and what it stands on. For the moment of reading: nothing may keep it.</summary>
/// <param name="Node">The declaration, or the file for an attribute of the assembly.</param>
/// <param name="Symbol">The same as a symbol: the member or the assembly.</param>
/// <param name="Attribute">The attribute. The first where it is written twice, which the compiler reports.</param>
/// <param name="Compilation">The project.</param>
internal readonly record struct AttributeUse(SyntaxNode Node, ISymbol Symbol, AttributeData Attribute, Compilation Compilation);

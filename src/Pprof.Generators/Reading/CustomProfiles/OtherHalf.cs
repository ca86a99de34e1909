using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>The half of a partial property or method that implements it.</summary>
internal static class OtherHalf
{
    /// <summary>Whether the project has written it itself. The generator's own does not count, which an analyzer sees.</summary>
    public static bool IsInSource(MemberDeclarationSyntax member, ISymbol symbol) =>
        symbol is IMethodSymbol method
            ? method.PartialImplementationPart is { } part && part.DeclaringSyntaxReferences.Any(IsWritten)
            : symbol is IPropertySymbol && symbol.ContainingType.DeclaringSyntaxReferences
                .Where(IsWritten)
                .Select(static reference => reference.GetSyntax())
                .OfType<TypeDeclarationSyntax>()
                .SelectMany(static type => type.Members)
                .OfType<PropertyDeclarationSyntax>()
                .Any(other => other != member && Implements(other, member));

    // The compiler that the generator is built against has no partial properties: the symbol cannot be asked.
    private static bool Implements(PropertyDeclarationSyntax other, MemberDeclarationSyntax member) =>
        other.Modifiers.Any(SyntaxKind.PartialKeyword)
        && (DeclarationForm.HasBody(other) || other.Modifiers.Any(SyntaxKind.ExternKeyword))
        && other.ExplicitInterfaceSpecifier is null
        && other.Identifier.ValueText == PartialMember.NameOf(member).ValueText;

    private static bool IsWritten(SyntaxReference reference) =>
        Path.GetFileName(reference.SyntaxTree.FilePath) != GeneratedFileNames.CustomProfiles;
}

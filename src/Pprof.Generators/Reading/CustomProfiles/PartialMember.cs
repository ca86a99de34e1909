using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>The half of a partial property or method that the project has written: what the other half has to repeat of it.</summary>
internal static class PartialMember
{
    // What names mean must not depend on where the other half stands.
    private static readonly SymbolDisplayFormat s_format = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier)
        .WithParameterOptions(
            SymbolDisplayParameterOptions.IncludeParamsRefOut
            | SymbolDisplayParameterOptions.IncludeType
            | SymbolDisplayParameterOptions.IncludeName);

    /// <summary>
    /// Whether another half compiles beside it, whatever the member is. It does not where the compiler has something to say of
    /// its own, nor of what no profile looks like: a generic method, a reference that is returned.
    /// </summary>
    public static bool CanBeCompleted(MemberDeclarationSyntax member, ISymbol symbol) =>
        member.Modifiers.Any(SyntaxKind.PartialKeyword)
        && !DeclarationForm.HasBody(member)
        && member is not PropertyDeclarationSyntax { Initializer: not null }
        && DeclarationForm.RefusedModifier(member) is null
        && InterfaceOf(member) is null
        && symbol is IPropertySymbol { RefKind: RefKind.None } or IMethodSymbol { RefKind: RefKind.None, IsGenericMethod: false, IsVararg: false }
        && member.Ancestors().OfType<TypeDeclarationSyntax>().All(
            static type => type.Modifiers.Any(SyntaxKind.PartialKeyword) && !type.Modifiers.Any(SyntaxKind.FileKeyword))
        && !OtherHalf.IsInSource(member, symbol);

    /// <summary>Modifiers, type, name and parameters.</summary>
    public static string SignatureOf(MemberDeclarationSyntax member, ISymbol symbol)
    {
        string modifiers = string.Join(" ", member.Modifiers.Select(static modifier => modifier.Text));
        return symbol is IMethodSymbol method
            ? $"{modifiers} {method.ReturnType.ToDisplayString(s_format)} {NameOf(member).Text}({string.Join(", ", method.Parameters.Select(Describe))})"
            : $"{modifiers} {((IPropertySymbol)symbol).Type.ToDisplayString(s_format)} {NameOf(member).Text}";
    }

    /// <summary>The name.</summary>
    public static SyntaxToken NameOf(MemberDeclarationSyntax member) =>
        member is PropertyDeclarationSyntax property ? property.Identifier : ((MethodDeclarationSyntax)member).Identifier;

    /// <summary>The interface whose member it implements explicitly; null for any other member.</summary>
    public static NameSyntax? InterfaceOf(MemberDeclarationSyntax member) =>
        (member as PropertyDeclarationSyntax)?.ExplicitInterfaceSpecifier?.Name ?? (member as MethodDeclarationSyntax)?.ExplicitInterfaceSpecifier?.Name;

    /// <summary>The accessors of a property, each with its modifiers; none of a method.</summary>
    public static IEnumerable<string> AccessorsOf(MemberDeclarationSyntax member) =>
        member is PropertyDeclarationSyntax { AccessorList.Accessors: var accessors }
            ? accessors.Select(static accessor => string.Join(" ", accessor.Modifiers.Append(accessor.Keyword).Select(static token => token.Text)))
            : [];

    /// <summary>The type parameters of a type around it, as every part of the type has them.</summary>
    public static string TypeParametersOf(TypeDeclarationSyntax type) =>
        type.TypeParameterList is { Parameters: var parameters }
            ? $"<{string.Join(", ", parameters.Select(static parameter => $"{parameter.VarianceKeyword.Text} {parameter.Identifier.Text}".TrimStart()))}>"
            : "";

    private static string Describe(IParameterSymbol parameter) =>
        (parameter is { Ordinal: 0, ContainingSymbol: IMethodSymbol { IsExtensionMethod: true } } ? "this " : "") + parameter.ToDisplayString(s_format);
}

using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>What a declaration must look like, so that the generator can implement it.</summary>
internal static class DeclarationForm
{
    private const string BodyProblem = "must have no body: the generator writes it";

    // The compiler wants a body of the first, and none of the others anywhere.
    private static readonly SyntaxKind[] s_refusedModifiers = [SyntaxKind.AsyncKeyword, SyntaxKind.AbstractKeyword, SyntaxKind.ExternKeyword];

    /// <summary>What is wrong with the declaration, as the end of a sentence; null when nothing is.</summary>
    public static string? Problem(MemberDeclarationSyntax member, ISymbol symbol)
    {
        if (!member.Modifiers.Any(SyntaxKind.StaticKeyword) || !member.Modifiers.Any(SyntaxKind.PartialKeyword))
        {
            return "must be static and partial";
        }

        return LastingProblem(member, symbol)
            ?? (member is PropertyDeclarationSyntax { Initializer: not null } ? BodyProblem : null)
            ?? (member.Ancestors().OfType<TypeDeclarationSyntax>().FirstOrDefault(static type => !type.Modifiers.Any(SyntaxKind.PartialKeyword)) is { } type
                ? $"must stand in a partial type, and {type.Identifier.ValueText} is not"
                : null);
    }

    /// <summary>What stays wrong when the modifiers are there and an initializer is gone.</summary>
    public static string? LastingProblem(MemberDeclarationSyntax member, ISymbol symbol)
    {
        if (symbol switch
        {
            IPropertySymbol property => property.RefKind != RefKind.None || !IsCustomProfile(property.Type),
            IMethodSymbol method => method.RefKind != RefKind.None || !IsCustomProfile(method.ReturnType),
            _ => true,
        })
        {
            return "must have the type CustomProfile";
        }

        if (symbol is IMethodSymbol { Parameters.Length: > 0 } or IMethodSymbol { IsGenericMethod: true } or IMethodSymbol { IsVararg: true })
        {
            return "must have no parameters";
        }

        if (symbol is IPropertySymbol { SetMethod: not null } or IPropertySymbol { GetMethod: null })
        {
            return "must have a get accessor and no other";
        }

        if (HasBody(member))
        {
            return BodyProblem;
        }

        if (OtherHalf.IsInSource(member, symbol))
        {
            return "must have no other half: the generator writes it";
        }

        if (RefusedModifier(member) is { } modifier)
        {
            return $"must not be {modifier}";
        }

        if (PartialMember.InterfaceOf(member) is { } implemented)
        {
            return $"must not implement a member of {implemented}";
        }

        foreach (TypeDeclarationSyntax type in member.Ancestors().OfType<TypeDeclarationSyntax>())
        {
            if (type.Identifier.IsKind(SyntaxKind.None))
            {
                return "must not stand in an extension block";
            }

            if (type.TypeParameterList is not null)
            {
                return $"must not stand in a generic type, and {type.Identifier.ValueText} is one";
            }

            if (type.Modifiers.Any(SyntaxKind.FileKeyword))
            {
                return $"must not stand in a file-local type, and {type.Identifier.ValueText} is one";
            }
        }

        return null;
    }

    private static bool IsCustomProfile(ITypeSymbol type) =>
        type.NullableAnnotation != NullableAnnotation.Annotated && type.ToDisplayString() == KnownTypes.CustomProfile;

    /// <summary>The modifier that no declaration of a profile can have; null where there is none.</summary>
    public static string? RefusedModifier(MemberDeclarationSyntax member) =>
        Array.Find(s_refusedModifiers, kind => member.Modifiers.Any(kind)) is var found and not SyntaxKind.None ? SyntaxFacts.GetText(found) : null;

    /// <summary>Whether the declaration is its own implementation.</summary>
    public static bool HasBody(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Body is not null || method.ExpressionBody is not null,
        PropertyDeclarationSyntax { ExpressionBody: not null } => true,
        PropertyDeclarationSyntax { AccessorList: { } list } =>
            list.Accessors.Any(static accessor => accessor.Body is not null || accessor.ExpressionBody is not null),
        _ => false,
    };
}

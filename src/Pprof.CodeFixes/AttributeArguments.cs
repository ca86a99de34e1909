using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Pprof.CodeFixes;

/// <summary>Changes the properties that an attribute sets.</summary>
internal static class AttributeArguments
{
    /// <summary>Where <paramref name="property"/> is set, or null.</summary>
    public static AttributeArgumentSyntax? Find(AttributeSyntax attribute, string property) =>
        attribute.ArgumentList is { } list ? Find(list, property) : null;

    /// <summary>The attribute with <paramref name="property"/> set to <paramref name="value"/>.</summary>
    public static AttributeSyntax With(AttributeSyntax attribute, string property, ExpressionSyntax value)
    {
        AttributeArgumentListSyntax list = attribute.ArgumentList ?? SyntaxFactory.AttributeArgumentList();
        if (Find(list, property) is { } existing)
        {
            return attribute.WithArgumentList(list.ReplaceNode(existing, existing.WithExpression(value.WithTriviaFrom(existing.Expression))));
        }

        AttributeArgumentSyntax argument = SyntaxFactory.AttributeArgument(value)
            .WithNameEquals(SyntaxFactory.NameEquals(SyntaxFactory.IdentifierName(property)).NormalizeWhitespace().WithTrailingTrivia(SyntaxFactory.Space));
        if (list.Arguments.Count > 0)
        {
            argument = argument.WithLeadingTrivia(SyntaxFactory.Space);
        }

        return attribute.WithArgumentList(list.AddArguments(argument));
    }

    /// <summary>The attribute without <paramref name="property"/>.</summary>
    public static AttributeSyntax Without(AttributeSyntax attribute, string property)
    {
        if (attribute.ArgumentList is not { } list || Find(list, property) is not { } argument)
        {
            return attribute;
        }

        return list.Arguments.Count == 1
            ? attribute.WithArgumentList(null)
            : attribute.WithArgumentList(list.RemoveNode(argument, SyntaxRemoveOptions.KeepNoTrivia));
    }

    private static AttributeArgumentSyntax? Find(AttributeArgumentListSyntax list, string property) =>
        list.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == property);
}

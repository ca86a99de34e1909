using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Rules;
using Pprof.Generators.Rules.CustomProfiles;

namespace Pprof.CodeFixes;

/// <summary>Adds the modifiers that the declaration of a custom profile needs.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class CustomProfileCodeFix : CodeFixProvider
{
    private static readonly SyntaxKind[] s_memberModifiers = [SyntaxKind.StaticKeyword, SyntaxKind.PartialKeyword];
    private static readonly SyntaxKind[] s_typeModifiers = [SyntaxKind.PartialKeyword];

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(Rule.MalformedProfile.Id);

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (!diagnostic.Properties.ContainsKey(CustomProfileAnalyzer.CanBeCorrected)
                || root?.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<MemberDeclarationSyntax>() is not { } member)
            {
                continue;
            }

            List<MemberDeclarationSyntax> lacking =
            [
                .. member.AncestorsAndSelf()
                    .OfType<MemberDeclarationSyntax>()
                    .Where(node => node == member || node is TypeDeclarationSyntax)
                    .Where(node => node == member || Required(node, member).Any(kind => !node.Modifiers.Any(kind))),
            ];
            context.RegisterCodeFix(
                CodeAction.Create(
                    "Make it static and partial, in partial types",
                    _ => Task.FromResult(context.Document.WithSyntaxRoot(root.ReplaceNodes(
                        lacking, (original, current) => AddModifiers(WithoutInitializer(current), Required(original, member))))),
                    diagnostic.Id),
                diagnostic);
        }
    }

    private static SyntaxKind[] Required(MemberDeclarationSyntax node, MemberDeclarationSyntax member) =>
        node == member ? s_memberModifiers : s_typeModifiers;

    private static MemberDeclarationSyntax WithoutInitializer(MemberDeclarationSyntax node) =>
        node is PropertyDeclarationSyntax { Initializer: not null } property
            ? property.WithInitializer(null).WithSemicolonToken(default).WithTrailingTrivia(property.GetTrailingTrivia())
            : node;

    // partial must be the last modifier, so that the others go before it.
    private static MemberDeclarationSyntax AddModifiers(MemberDeclarationSyntax node, SyntaxKind[] required)
    {
        SyntaxTriviaList leading = node.GetLeadingTrivia();
        SyntaxTokenList modifiers = node.WithoutLeadingTrivia().Modifiers;
        foreach (SyntaxKind kind in required.Where(kind => !node.Modifiers.Any(kind)))
        {
            SyntaxToken token = SyntaxFactory.Token(kind).WithTrailingTrivia(SyntaxFactory.Space);
            int last = modifiers.IndexOf(SyntaxKind.PartialKeyword);
            modifiers = last < 0 ? modifiers.Add(token) : modifiers.Insert(last, token);
        }

        // Without modifiers the first token of what follows holds the white space that belongs before them.
        MemberDeclarationSyntax bare = node.WithoutLeadingTrivia();
        return bare.AttributeLists.Count == 0
            ? bare.WithModifiers(modifiers).WithLeadingTrivia(leading)
            : WithModifiersAfterAttributes(node, modifiers);
    }

    private static MemberDeclarationSyntax WithModifiersAfterAttributes(MemberDeclarationSyntax node, SyntaxTokenList modifiers)
    {
        SyntaxToken first = node.AttributeLists.Last().GetLastToken().GetNextToken();
        SyntaxTriviaList indentation = first.LeadingTrivia;
        MemberDeclarationSyntax trimmed = node.ReplaceToken(first, first.WithLeadingTrivia());
        SyntaxTokenList ordered = new(modifiers.Select((token, index) => token.WithLeadingTrivia(index == 0 ? indentation : [])));
        return trimmed.WithModifiers(ordered);
    }
}

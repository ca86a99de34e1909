using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Rules;
using Pprof.Generators.Rules.Labels;

namespace Pprof.CodeFixes;

/// <summary>Lets labels end with their block, and repairs their keys.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class LabelCodeFix : CodeFixProvider
{
    private const string VariableName = "labels";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(Rule.LabelsNeverEnd.Id, Rule.UnusableLabelKey.Id, Rule.HiddenLabel.Id);

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode node = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            (string Title, SyntaxNode Old, SyntaxNode? New)? change =
                diagnostic.Id == Rule.LabelsNeverEnd.Id ? EndWithTheBlock(root, node)
                : diagnostic.Id == Rule.UnusableLabelKey.Id ? RemovePrefix(node)
                : RemoveLabel(node);
            if (change is var (title, old, replacement))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(
                        title,
                        _ => Task.FromResult(context.Document.WithSyntaxRoot(
                            replacement is null ? root.RemoveNode(old, SyntaxRemoveOptions.KeepNoTrivia)! : root.ReplaceNode(old, replacement))),
                        diagnostic.Id),
                    diagnostic);
            }
        }
    }

    private static (string Title, SyntaxNode Old, SyntaxNode? New)? EndWithTheBlock(SyntaxNode root, SyntaxNode push)
    {
        // Elsewhere a declaration with using cannot stand.
        if (push.FirstAncestorOrSelf<StatementSyntax>() is not { Parent: BlockSyntax or GlobalStatementSyntax } statement)
        {
            return null;
        }

        LocalDeclarationStatementSyntax? declaration = statement switch
        {
            ExpressionStatementSyntax { Expression: InvocationExpressionSyntax } => Declare(push, root),
            ExpressionStatementSyntax { Expression: AssignmentExpressionSyntax { Left: IdentifierNameSyntax { Identifier.ValueText: "_" } } assignment }
                when assignment.Right == push => Declare(push, root),
            LocalDeclarationStatementSyntax { Declaration.Variables: { Count: 1 } variables } local
                when variables.First() is { Initializer.Value: var value } variable
                    && value == push
                    && !IsAssigned(root, variable.Identifier.ValueText) => local.WithoutLeadingTrivia(),
            _ => null,
        };
        if (declaration is null)
        {
            return null;
        }

        SyntaxToken keyword = SyntaxFactory.Token(SyntaxKind.UsingKeyword).WithTrailingTrivia(SyntaxFactory.Space);
        return (
            "End the labels with the block",
            statement,
            declaration.WithUsingKeyword(keyword).WithLeadingTrivia(statement.GetLeadingTrivia()).WithTrailingTrivia(statement.GetTrailingTrivia()));
    }

    private static (string Title, SyntaxNode Old, SyntaxNode? New)? RemovePrefix(SyntaxNode key) =>
        key is LiteralExpressionSyntax { Token.Value: string text } literal && text.Length > LabelAnalyzer.ReservedPrefix.Length
            ? (
                $"Remove {LabelAnalyzer.ReservedPrefix}",
                literal,
                literal.WithToken(SyntaxFactory.Literal(text.Substring(LabelAnalyzer.ReservedPrefix.Length)).WithTriviaFrom(literal.Token)))
            : null;

    private static (string Title, SyntaxNode Old, SyntaxNode? New)? RemoveLabel(SyntaxNode key) =>
        key.FirstAncestorOrSelf<TupleExpressionSyntax>() is { Parent: ArgumentSyntax label } ? ("Remove this label", label, null) : null;

    private static LocalDeclarationStatementSyntax Declare(SyntaxNode push, SyntaxNode root)
    {
        SyntaxNode scope = push.FirstAncestorOrSelf<MemberDeclarationSyntax>() is { } member and not GlobalStatementSyntax ? member : root;
        HashSet<string> taken = [.. scope.DescendantTokens().Where(static token => token.IsKind(SyntaxKind.IdentifierToken)).Select(static token => token.ValueText)];
        string name = Enumerable.Range(1, int.MaxValue)
            .Select(static number => number == 1 ? VariableName : $"{VariableName}{number}")
            .First(candidate => !taken.Contains(candidate));
        var variable = (LocalDeclarationStatementSyntax)SyntaxFactory.ParseStatement($"var {name} = x;");
        return variable.ReplaceNode(variable.Declaration.Variables[0].Initializer!.Value, push.WithoutTrivia());
    }

    // A variable of using cannot be assigned.
    private static bool IsAssigned(SyntaxNode root, string name) => root.DescendantNodes().OfType<AssignmentExpressionSyntax>()
        .Any(assignment => assignment.Left is IdentifierNameSyntax left && left.Identifier.ValueText == name);
}

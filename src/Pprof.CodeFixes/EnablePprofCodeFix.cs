using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Rules;
using Pprof.Generators.Rules.EnablePprof;

namespace Pprof.CodeFixes;

/// <summary>Corrects what <c>[assembly: EnablePprof]</c> says.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class EnablePprofCodeFix : CodeFixProvider
{
    private const string DefaultListenUrl = "http://localhost:6060";

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } = ImmutableArray.Create(
        Rule.NothingServes.Id,
        Rule.AttributeInLibrary.Id,
        Rule.InvalidPath.Id,
        Rule.InvalidListenUrl.Id,
        Rule.RateOutOfRange.Id,
        Rule.PolicyAccessMismatch.Id,
        Rule.OpenToAnyone.Id);

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode? node = root?.FindNode(diagnostic.Location.SourceSpan);
            if (node?.FirstAncestorOrSelf<AttributeSyntax>() is { } attribute
                && Correct(diagnostic, attribute, node.FirstAncestorOrSelf<AttributeArgumentSyntax>()) is ({ } title, var corrected))
            {
                context.RegisterCodeFix(
                    CodeAction.Create(title, _ => Task.FromResult(Replace(context.Document, root!, attribute, corrected)), diagnostic.Id),
                    diagnostic);
            }
        }
    }

    /// <summary>The corrected attribute, null to remove it; no title where there is nothing to offer.</summary>
    private static (string? Title, AttributeSyntax? Corrected) Correct(
        Diagnostic diagnostic, AttributeSyntax attribute, AttributeArgumentSyntax? argument)
    {
        string property = argument?.NameEquals?.Name.Identifier.ValueText ?? "";
        string? text = (argument?.Expression as LiteralExpressionSyntax)?.Token.Value as string;
        if (diagnostic.Id == Rule.NothingServes.Id)
        {
            return ($"Serve from {DefaultListenUrl}", AttributeArguments.With(attribute, "ListenUrl", Literal(DefaultListenUrl)));
        }

        if (diagnostic.Id == Rule.AttributeInLibrary.Id)
        {
            return ("Remove EnablePprof", null);
        }

        if (diagnostic.Id == Rule.InvalidPath.Id)
        {
            return ("Use the default path", AttributeArguments.Without(attribute, property));
        }

        if (diagnostic.Id == Rule.InvalidListenUrl.Id)
        {
            return text is not null && ListenAddress.Repair(text) is { } url
                ? ($"Listen on {url}", AttributeArguments.With(attribute, property, Literal(url)))
                : default;
        }

        if (diagnostic.Id == Rule.RateOutOfRange.Id)
        {
            return diagnostic.Properties.TryGetValue(EnablePprofAnalyzer.NearestValue, out string? nearest)
                ? ($"Set {property} to {nearest}", AttributeArguments.With(attribute, property, Number(nearest!)))
                : default;
        }

        if (diagnostic.Id == Rule.PolicyAccessMismatch.Id)
        {
            return property == "AuthorizationPolicy"
                ? ("Ask for the policy", AttributeArguments.With(attribute, "Access", SyntaxFactory.ParseExpression("Pprof.PprofAccess.Policy")))
                : default;
        }

        // As long as the listener is open, nothing is gained by another Access.
        return AttributeArguments.Find(attribute, "ListenUrl") is { } listenUrl
            ? (listenUrl.Expression as LiteralExpressionSyntax)?.Token.Value is string open
                ? ("Listen on localhost", AttributeArguments.With(attribute, "ListenUrl", Literal(ListenAddress.OnLoopback(open))))
                : default
            : property == "Access" ? ("Serve this machine only", AttributeArguments.Without(attribute, property)) : default;
    }

    private static Document Replace(Document document, SyntaxNode root, AttributeSyntax attribute, AttributeSyntax? corrected)
    {
        if (corrected is not null)
        {
            return document.WithSyntaxRoot(root.ReplaceNode(attribute, corrected));
        }

        var list = (AttributeListSyntax)attribute.Parent!;
        SyntaxNode removed = list.Attributes.Count == 1 ? list : attribute;
        return document.WithSyntaxRoot(root.RemoveNode(removed, SyntaxRemoveOptions.KeepExteriorTrivia)!);
    }

    private static LiteralExpressionSyntax Literal(string value) =>
        SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(value));

    private static LiteralExpressionSyntax Number(string value) => SyntaxFactory.LiteralExpression(
        SyntaxKind.NumericLiteralExpression,
        SyntaxFactory.ParseToken(value));
}

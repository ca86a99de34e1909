using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Analyzers;
using Pprof.Generators.Diagnostics;

namespace Pprof.CodeFixes;

/// <summary>Makes <c>MapPprof</c> and <c>[assembly: EnablePprof]</c> agree.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class MapPprofCodeFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(Rules.MapWithoutAttribute.Id, Rules.MapDisagrees.Id, Rules.MapBeforeAuthorization.Id);

    /// <inheritdoc/>
    public override FixAllProvider? GetFixAllProvider() => null;

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        SyntaxNode? root = await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false);
        if (root is not CompilationUnitSyntax unit)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (diagnostic.Id == Rules.MapWithoutAttribute.Id)
            {
                Register(context, diagnostic, "Add [assembly: EnablePprof]", _ => Task.FromResult(AddAttribute(context.Document, unit)));
            }
            else if (diagnostic.Id == Rules.MapBeforeAuthorization.Id)
            {
                StatementSyntax? authorization = unit.FindNode(diagnostic.Location.SourceSpan).FirstAncestorOrSelf<StatementSyntax>();
                if (authorization is not null && FindEndpoints(authorization) is { } endpoints)
                {
                    Register(
                        context,
                        diagnostic,
                        "Move UseAuthorization before UseEndpoints",
                        _ => Task.FromResult(Move(context.Document, unit, authorization, endpoints)));
                }
            }
            else if (diagnostic.Properties.TryGetValue(HostingAnalyzer.MappedPath, out string? path))
            {
                Register(
                    context,
                    diagnostic,
                    $"Set Path to {path}",
                    cancellation => ChangeAttributeAsync(
                        context.Document,
                        attribute => AttributeArguments.With(
                            attribute, "Path", SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(path!))),
                        cancellation));
            }
            else
            {
                Register(
                    context,
                    diagnostic,
                    "Serve from the application's own listeners",
                    cancellation => ChangeAttributeAsync(
                        context.Document, static attribute => AttributeArguments.Without(attribute, "ListenUrl"), cancellation));
            }
        }
    }

    private static void Register(CodeFixContext context, Diagnostic diagnostic, string title, Func<CancellationToken, Task<Solution>> change) =>
        context.RegisterCodeFix(CodeAction.Create(title, change, diagnostic.Id), diagnostic);

    private static Solution AddAttribute(Document document, CompilationUnitSyntax unit)
    {
        AttributeListSyntax list = SyntaxFactory
            .AttributeList(SyntaxFactory.SingletonSeparatedList(SyntaxFactory.Attribute(SyntaxFactory.ParseName("Pprof.EnablePprof"))))
            .WithTarget(SyntaxFactory.AttributeTargetSpecifier(SyntaxFactory.Token(SyntaxKind.AssemblyKeyword)).WithTrailingTrivia(SyntaxFactory.Space))
            .WithTrailingTrivia(SyntaxFactory.ElasticCarriageReturnLineFeed, SyntaxFactory.ElasticCarriageReturnLineFeed);
        return document.WithSyntaxRoot(unit.AddAttributeLists(list)).Project.Solution;
    }

    private static Solution Move(Document document, CompilationUnitSyntax unit, StatementSyntax authorization, StatementSyntax endpoints)
    {
        SyntaxNode moved = Movable(authorization);
        SyntaxNode target = Movable(endpoints);
        SyntaxNode tracked = unit.TrackNodes(moved, target);
        tracked = tracked.InsertNodesBefore(tracked.GetCurrentNode(target)!, [moved.WithTriviaFrom(target)]);
        tracked = tracked.RemoveNode(tracked.GetCurrentNode(moved)!, SyntaxRemoveOptions.KeepNoTrivia)!;
        return document.WithSyntaxRoot(tracked).Project.Solution;
    }

    private static StatementSyntax? FindEndpoints(StatementSyntax authorization) =>
        Movable(authorization).Parent!.ChildNodes()
            .TakeWhile(sibling => sibling.SpanStart < authorization.SpanStart)
            .Select(static sibling => sibling as StatementSyntax ?? (sibling as GlobalStatementSyntax)?.Statement)
            .FirstOrDefault(static statement => statement is not null && statement.DescendantNodes().OfType<IdentifierNameSyntax>()
                .Any(static name => name.Identifier.ValueText == "UseEndpoints"));

    private static SyntaxNode Movable(StatementSyntax statement) => statement.Parent is GlobalStatementSyntax member ? member : statement;

    private static async Task<Solution> ChangeAttributeAsync(
        Document document, Func<AttributeSyntax, AttributeSyntax> change, CancellationToken cancellation)
    {
        Solution solution = document.Project.Solution;
        Compilation? compilation = await document.Project.GetCompilationAsync(cancellation).ConfigureAwait(false);
        if (compilation is null
            || EnablePprofUse.Find(compilation, cancellation) is not { } use
            || solution.GetDocument(use.Location.SourceTree) is not { } holder
            || await holder.GetSyntaxRootAsync(cancellation).ConfigureAwait(false) is not { } root
            || root.FindNode(use.Location.SourceSpan).FirstAncestorOrSelf<AttributeSyntax>() is not { } attribute)
        {
            return solution;
        }

        return holder.WithSyntaxRoot(root.ReplaceNode(attribute, change(attribute))).Project.Solution;
    }
}

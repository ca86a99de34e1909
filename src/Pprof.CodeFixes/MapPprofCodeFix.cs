using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Rules;
using Pprof.Generators.Rules.EnablePprof;
using Pprof.Generators.Rules.Hosting;

namespace Pprof.CodeFixes;

/// <summary>Makes <c>MapPprof</c> and <c>[assembly: EnablePprof]</c> agree.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp)]
[Shared]
public sealed class MapPprofCodeFix : CodeFixProvider
{
    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ImmutableArray.Create(Rule.MapWithoutAttribute.Id, Rule.MapDisagrees.Id, Rule.MapBeforeAuthorization.Id);

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
            if (diagnostic.Id == Rule.MapWithoutAttribute.Id)
            {
                Register(context, diagnostic, "Add [assembly: EnablePprof]", _ => Task.FromResult(AddAttribute(context.Document, unit)));
            }
            else if (diagnostic.Id == Rule.MapBeforeAuthorization.Id)
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
            else if (diagnostic.Properties.TryGetValue(HostingAnalyzer.MappedPath, out string? path) && path is not null)
            {
                Register(
                    context,
                    diagnostic,
                    $"Set Path to {path}",
                    cancellation => ChangeAttributeAsync(
                        context.Document,
                        attribute => AttributeArguments.With(
                            attribute, "Path", SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(path))),
                        cancellation));
            }
            else if (diagnostic.Properties.TryGetValue(HostingAnalyzer.MisleadingProperty, out string? property) && property is not null)
            {
                Register(
                    context,
                    diagnostic,
                    $"Remove {property}",
                    cancellation => ChangeAttributeAsync(
                        context.Document, attribute => AttributeArguments.Without(attribute, property), cancellation));
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
        if (unit.Usings.Count == 0 && unit.Externs.Count == 0 && unit.AttributeLists.Count == 0)
        {
            // What belongs to the file stays at its top, what belongs to the first statement stays with that.
            SyntaxToken first = unit.GetFirstToken(includeZeroWidth: true);
            int header = HeaderLength(first.LeadingTrivia);
            unit = unit.ReplaceToken(first, first.WithLeadingTrivia(first.LeadingTrivia.Skip(header)));
            SyntaxTrivia endOfLine = unit.DescendantTrivia().FirstOrDefault(static trivia => trivia.IsKind(SyntaxKind.EndOfLineTrivia)) is { RawKind: not 0 } found
                ? found
                : SyntaxFactory.LineFeed;
            list = list.WithLeadingTrivia(first.LeadingTrivia.Take(header)).WithTrailingTrivia(endOfLine, endOfLine);
        }

        return document.WithSyntaxRoot(unit.AddAttributeLists(list)).Project.Solution;
    }

    /// <summary>
    /// The trivia that must stay in front of everything: directives for the whole file, and a comment at its beginning
    /// that an empty line sets apart.
    /// </summary>
    private static int HeaderLength(SyntaxTriviaList trivia)
    {
        int length = 0;
        bool hasDirective = false;
        for (int i = 0; i < trivia.Count; i++)
        {
            if (IsForTheFile(trivia[i]))
            {
                length = i + 1;
                hasDirective = true;
            }
            else if (trivia[i].IsDirective)
            {
                break;
            }
            else if (!hasDirective && i > 0 && trivia[i].IsKind(SyntaxKind.EndOfLineTrivia) && trivia[i - 1].IsKind(SyntaxKind.EndOfLineTrivia))
            {
                length = i + 1;
            }
        }

        return length;
    }

    // #:sdk and the like are newer than the compiler that this is built on.
    private static bool IsForTheFile(SyntaxTrivia trivia) =>
        trivia.IsKind(SyntaxKind.DefineDirectiveTrivia)
        || trivia.IsKind(SyntaxKind.UndefDirectiveTrivia)
        || trivia.IsKind(SyntaxKind.ShebangDirectiveTrivia)
        || (trivia.IsDirective && trivia.ToFullString().TrimStart().StartsWith("#:", StringComparison.Ordinal));

    private static Solution Move(Document document, CompilationUnitSyntax unit, StatementSyntax authorization, StatementSyntax endpoints)
    {
        SyntaxNode moved = Movable(authorization);
        SyntaxNode target = Movable(endpoints);
        SyntaxNode tracked = unit.TrackNodes(moved, target);
        tracked = tracked.InsertNodesBefore(tracked.GetCurrentNode(target)!, [WithoutBlankLines(moved)]);
        tracked = tracked.RemoveNode(tracked.GetCurrentNode(moved)!, SyntaxRemoveOptions.KeepNoTrivia)!;
        return document.WithSyntaxRoot(tracked).Project.Solution;
    }

    // Its comments move with it, the distance to what stood before it does not.
    private static SyntaxNode WithoutBlankLines(SyntaxNode statement)
    {
        SyntaxTriviaList leading = statement.GetLeadingTrivia();
        int lastBlank = -1;
        for (int i = 0; i < leading.Count && (leading[i].IsKind(SyntaxKind.WhitespaceTrivia) || leading[i].IsKind(SyntaxKind.EndOfLineTrivia)); i++)
        {
            lastBlank = leading[i].IsKind(SyntaxKind.EndOfLineTrivia) ? i : lastBlank;
        }

        return statement.WithLeadingTrivia(leading.Skip(lastBlank + 1));
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

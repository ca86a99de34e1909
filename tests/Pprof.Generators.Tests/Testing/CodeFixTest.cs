using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace Pprof.Generators.Tests.Testing;

/// <summary>Applies a code fix in a workspace.</summary>
internal static class CodeFixTest<TCodeFix>
    where TCodeFix : CodeFixProvider, new()
{
    /// <summary>
    /// Fails unless <paramref name="rule"/> is reported, the fix makes <paramref name="expected"/> of the sources, and the
    /// rule is silent after it.
    /// </summary>
    public static async Task VerifyAsync(string rule, AnalyzedProject project, params string[] expected)
    {
        Assert.Contains(rule, await project.AnalyzeIdsAsync());
        string[] corrected = await ApplyAsync(rule, project) ?? throw new InvalidOperationException("No fix was offered.");
        Assert.Equal(expected.Select(Normalize), corrected.Select(Normalize));
        Assert.DoesNotContain(rule, await (project with { Sources = corrected }).AnalyzeIdsAsync());
    }

    /// <summary>Fails when a fix for <paramref name="rule"/> is offered.</summary>
    public static async Task VerifyNotOfferedAsync(string rule, AnalyzedProject project)
    {
        Assert.Contains(rule, await project.AnalyzeIdsAsync());
        Assert.Null(await ApplyAsync(rule, project));
    }

    private static async Task<string[]?> ApplyAsync(string rule, AnalyzedProject analyzed)
    {
        using var workspace = new AdhocWorkspace();
        Project project = CreateProject(workspace, analyzed);
        Compilation compilation = (await project.GetCompilationAsync())!;
        ImmutableArray<Diagnostic> diagnostics = await compilation
            .WithAnalyzers(AnalyzedProject.Analyzers, analyzed.CreateOptions())
            .GetAnalyzerDiagnosticsAsync();
        Diagnostic diagnostic = diagnostics.First(diagnostic => diagnostic.Id == rule);

        List<CodeAction> actions = [];
        Document document = project.GetDocument(diagnostic.Location.SourceTree)!;
        await new TCodeFix().RegisterCodeFixesAsync(
            new CodeFixContext(document, diagnostic, (action, _) => actions.Add(action), CancellationToken.None));
        if (actions.Count == 0)
        {
            return null;
        }

        ImmutableArray<CodeActionOperation> operations = await Assert.Single(actions).GetOperationsAsync(CancellationToken.None);
        Solution changed = operations.OfType<ApplyChangesOperation>().Single().ChangedSolution;
        return await Task.WhenAll(project.DocumentIds.Select(
            async id => (await changed.GetDocument(id)!.GetTextAsync()).ToString()));
    }

    private static Project CreateProject(AdhocWorkspace workspace, AnalyzedProject analyzed)
    {
        CSharpCompilation compilation = TestCompilation.Create(
            analyzed.Sources, analyzed.OutputKind, analyzed.LanguageVersion, references: analyzed.References);
        Project project = workspace.AddProject(ProjectInfo.Create(
            ProjectId.CreateNewId(),
            VersionStamp.Default,
            compilation.AssemblyName!,
            compilation.AssemblyName!,
            LanguageNames.CSharp,
            compilationOptions: compilation.Options,
            parseOptions: compilation.SyntaxTrees[0].Options,
            metadataReferences: compilation.References));
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            project = project.AddDocument(tree.FilePath, SourceText.From(tree.ToString()), filePath: tree.FilePath).Project;
        }

        return project;
    }

    private static string Normalize(string text) => text.ReplaceLineEndings("\n");
}

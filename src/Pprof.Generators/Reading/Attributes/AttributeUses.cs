using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Pprof.Generators.Reading.Attributes;

/// <summary>
/// Finds the package's attributes in a project. The compiler has ForAttributeWithMetadataName for this, which keeps
/// tables with a row for each file and copies them at every edit: two of them cost a project of 2,000 files 2.5 ms a
/// keystroke. Here an edit costs a look into <see cref="SourceFile"/>'s cache for each file, and the binding of the few
/// declarations whose attributes can be the package's by their names.
/// </summary>
internal static class AttributeUses
{
    /// <summary>The uses of <paramref name="attribute"/> in files and on what stands in them, in the order of the sources.</summary>
    /// <param name="compilation">The project.</param>
    /// <param name="attribute">Full name of the attribute.</param>
    /// <param name="isCandidate">Whether a declaration can carry the attribute at all.</param>
    /// <param name="cancellation">Ends the search.</param>
    public static IEnumerable<AttributeUse> Find(
        Compilation compilation, string attribute, Func<SyntaxNode, bool> isCandidate, CancellationToken cancellation)
    {
        string name = attribute.Substring(attribute.LastIndexOf('.') + 1);
        foreach (AttributedDeclaration declaration in FindByName((CSharpCompilation)compilation, name, cancellation))
        {
            cancellation.ThrowIfCancellationRequested();
            if (isCandidate(declaration.Node) && Bind(compilation, declaration.Node, attribute, cancellation) is { } use)
            {
                yield return use;
            }
        }
    }

    // An alias may mean anything, itself another alias too: whoever writes one is bound.
    private static List<AttributedDeclaration> FindByName(CSharpCompilation compilation, string name, CancellationToken cancellation)
    {
        HashSet<string> globalAliases = [];
        List<SourceFile> files = [];
        foreach (SyntaxTree tree in compilation.SyntaxTrees)
        {
            SourceFile file = SourceFile.Of(tree, cancellation);
            foreach (string alias in file.GlobalAliases)
            {
                globalAliases.Add(alias);
            }

            if (file.Declarations.Length > 0)
            {
                files.Add(file);
            }
        }

        List<AttributedDeclaration> found = [];
        foreach (SourceFile file in files)
        {
            found.AddRange(file.Declarations.Where(declaration => declaration.AttributeNames.Any(
                written => written == name || file.Aliases.Contains(written) || globalAliases.Contains(written))));
        }

        return found;
    }

    private static AttributeUse? Bind(Compilation compilation, SyntaxNode node, string attribute, CancellationToken cancellation)
    {
        ISymbol? symbol = node is CompilationUnitSyntax
            ? compilation.Assembly
            : compilation.GetSemanticModel(node.SyntaxTree).GetDeclaredSymbol(node, cancellation);

        // The attributes of an assembly, and of a partial declaration, come from several files.
        return symbol?.GetAttributes().FirstOrDefault(
                data => data.ApplicationSyntaxReference?.SyntaxTree == node.SyntaxTree && Is(data.AttributeClass, attribute)) is { } found
            ? new AttributeUse(node, symbol, found, compilation)
            : null;
    }

    private static bool Is(INamedTypeSymbol? type, string name) => type is { ContainingType: null } && type.ToDisplayString() == name;
}

using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Pprof.Generators.Reading.Attributes;

/// <summary>
/// What of a file can have to do with the package's attributes. It is found by syntax alone, so that it holds for as
/// long as the file is not edited, whatever happens in others.
/// </summary>
internal sealed class SourceFile
{
    private const string Suffix = "Attribute";

    // Every compilation has nearly all files of its predecessor. An entry ends with its file.
    private static readonly ConditionalWeakTable<SyntaxTree, SourceFile> s_known = new();
    private static readonly SourceFile s_nothing = new([], [], []);

    private SourceFile(AttributedDeclaration[] declarations, string[] aliases, string[] globalAliases)
    {
        Declarations = declarations;
        Aliases = aliases;
        GlobalAliases = globalAliases;
    }

    /// <summary>The file itself where it has attributes of the assembly, and its partial members that have attributes.</summary>
    public AttributedDeclaration[] Declarations { get; }

    /// <summary>The names that the file gives to types for itself.</summary>
    public string[] Aliases { get; }

    /// <summary>The names that the file gives to types for every file.</summary>
    public string[] GlobalAliases { get; }

    /// <summary>The file of <paramref name="tree"/>.</summary>
    public static SourceFile Of(SyntaxTree tree, CancellationToken cancellation)
    {
        if (!s_known.TryGetValue(tree, out SourceFile? file))
        {
            SourceFile read = Read(tree.GetRoot(cancellation));
            file = s_known.GetValue(tree, _ => read);
        }

        return file;
    }

    private static SourceFile Read(SyntaxNode root)
    {
        List<AttributedDeclaration> declarations = [];
        List<string> aliases = [];
        List<string> globalAliases = [];
        foreach (SyntaxNode node in root.DescendantNodesAndSelf(HasMembers))
        {
            switch (node)
            {
                case CompilationUnitSyntax { AttributeLists: { Count: > 0 } lists }:
                    declarations.Add(new AttributedDeclaration(node, [.. Names(lists)]));
                    break;
                case PropertyDeclarationSyntax or MethodDeclarationSyntax:
                    var member = (MemberDeclarationSyntax)node;
                    if (member.AttributeLists.Count > 0 && member.Modifiers.Any(SyntaxKind.PartialKeyword))
                    {
                        declarations.Add(new AttributedDeclaration(node, [.. Names(member.AttributeLists)]));
                    }

                    break;
                case UsingDirectiveSyntax { Alias: { } alias } directive:
                    (directive.GlobalKeyword.IsKind(SyntaxKind.GlobalKeyword) ? globalAliases : aliases).Add(alias.Name.Identifier.ValueText);
                    break;
            }
        }

        return declarations.Count + aliases.Count + globalAliases.Count == 0
            ? s_nothing
            : new SourceFile([.. declarations], [.. aliases], [.. globalAliases]);
    }

    // No statement or expression holds a partial member: most of a file need not be looked at.
    private static bool HasMembers(SyntaxNode node) =>
        node is CompilationUnitSyntax or BaseNamespaceDeclarationSyntax or TypeDeclarationSyntax;

    private static IEnumerable<string> Names(SyntaxList<AttributeListSyntax> lists)
    {
        foreach (AttributeSyntax attribute in lists.SelectMany(static list => list.Attributes))
        {
            string name = Unqualified(attribute.Name).Identifier.ValueText;
            yield return name;
            yield return name + Suffix;
        }
    }

    private static SimpleNameSyntax Unqualified(NameSyntax name) => name switch
    {
        QualifiedNameSyntax qualified => qualified.Right,
        AliasQualifiedNameSyntax qualified => qualified.Name,
        _ => (SimpleNameSyntax)name,
    };
}

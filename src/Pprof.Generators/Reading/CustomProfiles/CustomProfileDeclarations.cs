using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Pprof.Generators.Models;
using Pprof.Generators.Models.BuiltIn;
using Pprof.Generators.Models.CustomProfiles;
using Pprof.Generators.Reading.Attributes;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>Reads the custom profiles that the project declares.</summary>
internal static class CustomProfileDeclarations
{
    private static readonly SymbolDisplayFormat s_namespaceFormat = SymbolDisplayFormat.FullyQualifiedFormat
        .WithGlobalNamespaceStyle(SymbolDisplayGlobalNamespaceStyle.Omitted);

    /// <summary>
    /// The declarations of a project, those that an analyzer reports too. Left out are those of which no implementation would
    /// compile.
    /// </summary>
    public static IEnumerable<Located<CustomProfileModel>> Find(Compilation compilation, CancellationToken cancellation)
    {
        string? holder = null;
        foreach (AttributeUse use in AttributeUses.Find(compilation, KnownTypes.PprofProfileAttribute, static node => node is MemberDeclarationSyntax, cancellation))
        {
            holder ??= FindHolder(compilation, cancellation);
            if (Read(use, holder, cancellation) is { } profile)
            {
                yield return profile;
            }
        }
    }

    private static Located<CustomProfileModel>? Read(AttributeUse use, string holder, CancellationToken cancellation)
    {
        var member = (MemberDeclarationSyntax)use.Node;
        CustomProfileAttribute attribute = CustomProfileAttribute.Read(use.Attribute);
        bool isMalformed = DeclarationForm.Problem(member, use.Symbol) is not null;
        if (isMalformed && !PartialMember.CanBeCompleted(member, use.Symbol))
        {
            return null;
        }

        INamespaceSymbol space = use.Symbol.ContainingNamespace;
        var model = new CustomProfileModel(
            attribute.Name,
            attribute.Description,
            space.IsGlobalNamespace ? "" : space.ToDisplayString(s_namespaceFormat),
            new EquatableArray<ContainingType>([.. member.Ancestors().OfType<TypeDeclarationSyntax>().Reverse().Select(Describe)]),
            PartialMember.SignatureOf(member, use.Symbol),
            PartialMember.NameOf(member).Text,
            new EquatableArray<string>([.. PartialMember.AccessorsOf(member)]),
            isMalformed || ProfileName.Problem(attribute.Name) is not null || ReservedNames.Contains(attribute.Name),
            holder);
        return new Located<CustomProfileModel>(model, use.FindPosition(cancellation));
    }

    // A project may call anything so, be it a namespace.
    private static string FindHolder(Compilation compilation, CancellationToken cancellation)
    {
        string holder = CustomProfileSet.HolderOf(compilation.AssemblyName ?? "");
        while (compilation.ContainsSymbolsWithName(holder, SymbolFilter.Type | SymbolFilter.Namespace, cancellation))
        {
            holder += "_";
        }

        return holder;
    }

    private static ContainingType Describe(TypeDeclarationSyntax type)
    {
        string keyword = type is RecordDeclarationSyntax { ClassOrStructKeyword.Text: { Length: > 0 } kind }
            ? $"{type.Keyword.Text} {kind}"
            : type.Keyword.Text;
        return new ContainingType(keyword, type.Identifier.Text + PartialMember.TypeParametersOf(type));
    }
}

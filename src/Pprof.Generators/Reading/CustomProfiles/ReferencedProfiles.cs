using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Pprof.Generators.Models;
using Pprof.Generators.Models.CustomProfiles;

namespace Pprof.Generators.Reading.CustomProfiles;

/// <summary>
/// Reads the custom profiles of a referenced library. It looks at the reference alone, not at a compilation, so that a
/// reference is read once and not at every edit. Whoever wrote the library may not have used this generator: a
/// declaration that cannot be one is passed over.
/// </summary>
internal static class ReferencedProfiles
{
    /// <summary>The profiles that <paramref name="reference"/> declares.</summary>
    public static IEnumerable<DeclaredProfile> Read(MetadataReference reference, CancellationToken cancellation) => reference switch
    {
        // A name without the alias global cannot be written as the table writes it.
        _ when !IsGlobal(reference.Properties.Aliases) => [],
        CompilationReference project => ReadProject(project.Compilation.Assembly),
        PortableExecutableReference file => ReadFile(file),
        _ => [],
    };

    private static IEnumerable<DeclaredProfile> ReadProject(IAssemblySymbol assembly) =>
        from attribute in assembly.GetAttributes()
        where attribute.AttributeClass?.ToDisplayString() == KnownTypes.DeclarationNamespace + "." + KnownTypes.DeclarationAttribute
        let arguments = attribute.ConstructorArguments.Select(Text).ToArray()
        where arguments.Length == 4
        let profile = new DeclaredProfile(assembly.Name, arguments[0], arguments[1], arguments[2], arguments[3])
        where CanBeInTheTable(profile) && IsThere(assembly, profile)
        select profile;

    // The value of an array cannot be asked for.
    private static string Text(TypedConstant argument) =>
        argument.Kind == TypedConstantKind.Primitive && argument.Value is string text ? text : "";

    private static bool IsGlobal(ImmutableArray<string> aliases) =>
        aliases.IsDefaultOrEmpty || aliases.Contains(MetadataReferenceProperties.GlobalAlias);

    private static List<DeclaredProfile> ReadFile(PortableExecutableReference file)
    {
        try
        {
            return file.GetMetadata() is AssemblyMetadata metadata
                ? ReadAssembly(metadata.GetModules()[0].GetMetadataReader())
                : [];
        }
        catch (Exception exception) when (exception is BadImageFormatException or IOException)
        {
            // The compiler reports a reference that cannot be read.
            return [];
        }
    }

    private static List<DeclaredProfile> ReadAssembly(MetadataReader reader)
    {
        // Nearly every reference ends here: it does not know the package.
        if (!reader.IsAssembly || !reader.AssemblyReferences.Any(handle => IsRuntime(reader, handle)))
        {
            return [];
        }

        AssemblyDefinition assembly = reader.GetAssemblyDefinition();
        List<DeclaredProfile> profiles = [];
        foreach (CustomAttributeHandle handle in assembly.GetCustomAttributes())
        {
            CustomAttribute attribute = reader.GetCustomAttribute(handle);
            if (!IsDeclaration(reader, attribute))
            {
                continue;
            }

            if (ReadDeclaration(reader.GetString(assembly.Name), reader.GetBlobReader(attribute.Value)) is { } profile && CanBeInTheTable(profile) && IsThere(reader, profile))
            {
                profiles.Add(profile);
            }
        }

        return profiles;
    }

    // Prolog, then the four strings of the constructor (ECMA-335 II.23.3).
    private static DeclaredProfile? ReadDeclaration(string assembly, BlobReader value)
    {
        try
        {
            return value.ReadUInt16() == 1
                ? new DeclaredProfile(
                    assembly,
                    value.ReadSerializedString() ?? "",
                    value.ReadSerializedString() ?? "",
                    value.ReadSerializedString() ?? "",
                    value.ReadSerializedString() ?? "")
                : null;
        }
        catch (BadImageFormatException)
        {
            // Shorter than it says. The library's other profiles can still be served.
            return null;
        }
    }

    // A library that was not built with the generator may say anything.
    private static bool CanBeInTheTable(DeclaredProfile profile) =>
        ProfileName.Problem(profile.Name) is null && profile.Type.Split('.').All(IsIdentifier) && IsIdentifier(profile.Member);

    private static bool IsIdentifier(string name) =>
        SyntaxFacts.IsValidIdentifier(name) && SyntaxFacts.GetKeywordKind(name) == SyntaxKind.None;

    // A tool that merges libraries may have made the type internal.
    private static bool IsThere(IAssemblySymbol assembly, DeclaredProfile profile) =>
        assembly.GetTypeByMetadataName(profile.Type) is { DeclaredAccessibility: Accessibility.Public } type
        && type.GetMembers(profile.Member).OfType<IFieldSymbol>().Any(static field =>
            field is { IsStatic: true, DeclaredAccessibility: Accessibility.Public } && field.Type.ToDisplayString() == KnownTypes.CustomProfile);

    private static bool IsThere(MetadataReader reader, DeclaredProfile profile)
    {
        int dot = profile.Type.LastIndexOf('.');
        return reader.TypeDefinitions
            .Select(reader.GetTypeDefinition)
            .Where(type => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public
                && reader.StringComparer.Equals(type.Name, profile.Type.Substring(dot + 1))
                && reader.StringComparer.Equals(type.Namespace, dot < 0 ? "" : profile.Type.Substring(0, dot)))
            .SelectMany(static type => type.GetFields())
            .Select(reader.GetFieldDefinition)
            .Any(field => field.Attributes.HasFlag(FieldAttributes.Static)
                && (field.Attributes & FieldAttributes.FieldAccessMask) == FieldAttributes.Public
                && reader.StringComparer.Equals(field.Name, profile.Member)
                && HoldsAProfile(reader, reader.GetBlobReader(field.Signature)));
    }

    // A signature of a field, whose type is a class (ECMA-335 II.23.2.4).
    private static bool HoldsAProfile(MetadataReader reader, BlobReader signature) =>
        signature.ReadSignatureHeader().Kind == SignatureKind.Field
        && signature.ReadSignatureTypeCode() == SignatureTypeCode.TypeHandle
        && signature.ReadTypeHandle() is { Kind: HandleKind.TypeReference } handle
        && reader.GetTypeReference((TypeReferenceHandle)handle) is var type
        && reader.StringComparer.Equals(type.Name, KnownTypes.CustomProfileName)
        && reader.StringComparer.Equals(type.Namespace, KnownTypes.Namespace);

    private static bool IsRuntime(MetadataReader reader, AssemblyReferenceHandle handle) =>
        reader.StringComparer.Equals(reader.GetAssemblyReference(handle).Name, KnownTypes.RuntimeAssembly);

    private static bool IsDeclaration(MetadataReader reader, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference
            || reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent is not { Kind: HandleKind.TypeReference } parent)
        {
            return false;
        }

        TypeReference type = reader.GetTypeReference((TypeReferenceHandle)parent);
        return reader.StringComparer.Equals(type.Name, KnownTypes.DeclarationAttribute)
            && reader.StringComparer.Equals(type.Namespace, KnownTypes.DeclarationNamespace);
    }
}

using System.Collections.Immutable;
using System.Reflection.Metadata;
using Microsoft.CodeAnalysis;

namespace Pprof.Generators.CustomProfiles;

/// <summary>
/// Reads the custom profiles of a referenced library. It looks at the reference alone, not at a compilation, so that a
/// reference is read once and not at every edit.
/// </summary>
internal static class ReferencedProfiles
{
    /// <summary>The profiles that <paramref name="reference"/> declares.</summary>
    public static IEnumerable<DeclaredProfile> Read(MetadataReference reference, CancellationToken cancellation) => reference switch
    {
        // A name without the alias global cannot be written as the table writes it.
        _ when !IsGlobal(reference.Properties.Aliases) => [],
        CompilationReference project => Read(project.Compilation.Assembly),
        PortableExecutableReference file => ReadFile(file),
        _ => [],
    };

    /// <summary>The profiles that <paramref name="assembly"/> declares.</summary>
    public static IEnumerable<DeclaredProfile> Read(IAssemblySymbol assembly) =>
        from attribute in assembly.GetAttributes()
        where attribute.AttributeClass?.ToDisplayString() == KnownTypes.DeclarationNamespace + "." + KnownTypes.DeclarationAttribute
        let arguments = attribute.ConstructorArguments.Select(static argument => argument.Value as string ?? "").ToArray()
        where arguments.Length == 4
        select new DeclaredProfile(assembly.Name, arguments[0], arguments[1], arguments[2], arguments[3]);

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

            // Prolog, then the four strings of the constructor (ECMA-335 II.23.3).
            BlobReader value = reader.GetBlobReader(attribute.Value);
            value.ReadUInt16();
            profiles.Add(new DeclaredProfile(
                reader.GetString(assembly.Name),
                value.ReadSerializedString() ?? "",
                value.ReadSerializedString() ?? "",
                value.ReadSerializedString() ?? "",
                value.ReadSerializedString() ?? ""));
        }

        return profiles;
    }

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

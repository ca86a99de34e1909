using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Pprof.Testing.Rooms;

/// <summary>
/// Reads signatures down to the full names of all types in them, with a + before a nested one. Types that have a keyword
/// in C# and type parameters are left out: they tell nothing.
/// </summary>
internal sealed class TypeNames(MetadataReader reader)
    : ISignatureTypeProvider<ImmutableArray<string>, object?>, ICustomAttributeTypeProvider<ImmutableArray<string>>
{
    private const string SystemType = "System.Type";

    /// <summary>The names in a definition, a reference or a specification of a type; none where there is no type.</summary>
    public ImmutableArray<string> Of(EntityHandle type) => type.Kind switch
    {
        _ when type.IsNil => [],
        HandleKind.TypeDefinition => [NameOf((TypeDefinitionHandle)type)],
        HandleKind.TypeReference => [NameOf((TypeReferenceHandle)type)],
        HandleKind.TypeSpecification => reader.GetTypeSpecification((TypeSpecificationHandle)type).DecodeSignature(this, null),
        _ => [],
    };

    /// <summary>The name of a type that the assembly defines.</summary>
    public string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = reader.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } around
            ? $"{NameOf(around)}+{reader.GetString(type.Name)}"
            : FullName(type.Namespace, type.Name);
    }

    public ImmutableArray<string> GetTypeFromDefinition(MetadataReader _, TypeDefinitionHandle handle, byte rawTypeKind) => [NameOf(handle)];

    public ImmutableArray<string> GetTypeFromReference(MetadataReader _, TypeReferenceHandle handle, byte rawTypeKind) => [NameOf(handle)];

    public ImmutableArray<string> GetTypeFromSpecification(MetadataReader _, object? context, TypeSpecificationHandle handle, byte rawTypeKind) => Of(handle);

    public ImmutableArray<string> GetGenericInstantiation(ImmutableArray<string> genericType, ImmutableArray<ImmutableArray<string>> arguments) =>
        [.. genericType, .. arguments.SelectMany(static argument => argument)];

    public ImmutableArray<string> GetFunctionPointerType(MethodSignature<ImmutableArray<string>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(static parameter => parameter)];

    public ImmutableArray<string> GetModifiedType(ImmutableArray<string> modifier, ImmutableArray<string> unmodifiedType, bool isRequired) =>
        [.. modifier, .. unmodifiedType];

    public ImmutableArray<string> GetPrimitiveType(PrimitiveTypeCode code) => [];

    public ImmutableArray<string> GetGenericMethodParameter(object? context, int index) => [];

    public ImmutableArray<string> GetGenericTypeParameter(object? context, int index) => [];

    public ImmutableArray<string> GetArrayType(ImmutableArray<string> elementType, ArrayShape shape) => elementType;

    public ImmutableArray<string> GetSZArrayType(ImmutableArray<string> elementType) => elementType;

    public ImmutableArray<string> GetByReferenceType(ImmutableArray<string> elementType) => elementType;

    public ImmutableArray<string> GetPointerType(ImmutableArray<string> elementType) => elementType;

    public ImmutableArray<string> GetPinnedType(ImmutableArray<string> elementType) => elementType;

    public ImmutableArray<string> GetSystemType() => [SystemType];

    public bool IsSystemType(ImmutableArray<string> type) => type is [SystemType];

    public ImmutableArray<string> GetTypeFromSerializedName(string name) => NamesIn(TypeName.Parse(name));

    // Only enums of this assembly can be looked at. Those of others are nearly all ints.
    public PrimitiveTypeCode GetUnderlyingEnumType(ImmutableArray<string> type)
    {
        TypeDefinitionHandle definition = reader.TypeDefinitions.FirstOrDefault(handle => type is [var name] && NameOf(handle) == name);
        if (definition.IsNil)
        {
            return PrimitiveTypeCode.Int32;
        }

        FieldDefinition value = reader.GetTypeDefinition(definition).GetFields()
            .Select(reader.GetFieldDefinition)
            .First(static field => (field.Attributes & System.Reflection.FieldAttributes.Static) == 0);
        BlobReader signature = reader.GetBlobReader(value.Signature);
        signature.ReadSignatureHeader();
        return (PrimitiveTypeCode)signature.ReadSignatureTypeCode();
    }

    private static ImmutableArray<string> NamesIn(TypeName type) =>
        type.IsConstructedGenericType ? [.. NamesIn(type.GetGenericTypeDefinition()), .. type.GetGenericArguments().SelectMany(static argument => NamesIn(argument))]
        : type.IsSimple ? [type.FullName]
        : NamesIn(type.GetElementType());

    private string NameOf(TypeReferenceHandle handle)
    {
        TypeReference type = reader.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference
            ? $"{NameOf((TypeReferenceHandle)type.ResolutionScope)}+{reader.GetString(type.Name)}"
            : FullName(type.Namespace, type.Name);
    }

    private string FullName(StringHandle space, StringHandle name) =>
        space.IsNil ? reader.GetString(name) : $"{reader.GetString(space)}.{reader.GetString(name)}";
}

using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Pprof.Testing.Rooms;

/// <summary>
/// Reads from a built assembly which types its types name, whatever the sources say in their using lines. Lambdas,
/// iterators and async methods are compiled into nested types, and count for the outermost type around them. What the
/// compiler leaves nothing of cannot be seen: constants, members of enums, nameof.
/// </summary>
internal sealed class TypeUseReader
{
    private readonly PEReader _image;
    private readonly MetadataReader _reader;
    private readonly TypeNames _names;
    private readonly List<TypeUse> _uses = [];
    private string _outermost = "";

    private TypeUseReader(PEReader image)
    {
        _image = image;
        _reader = image.GetMetadataReader();
        _names = new TypeNames(_reader);
    }

    /// <summary>Every use of a type by another, in the order of the metadata.</summary>
    public static IReadOnlyList<TypeUse> Read(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var reader = new TypeUseReader(image);
        foreach (TypeDefinitionHandle type in reader._reader.TypeDefinitions)
        {
            reader.ReadType(type);
        }

        return reader._uses;
    }

    private void ReadType(TypeDefinitionHandle handle)
    {
        TypeDefinition type = _reader.GetTypeDefinition(handle);
        string place = _names.NameOf(handle);
        _outermost = Outermost(place);
        Add(place, UseKind.BaseType, _names.Of(type.BaseType));
        foreach (InterfaceImplementation implemented in type.GetInterfaceImplementations().Select(_reader.GetInterfaceImplementation))
        {
            Add(place, UseKind.Interface, _names.Of(implemented.Interface));
        }

        AddAttributes(place, type.GetCustomAttributes());
        AddTypeParameters(place, type.GetGenericParameters());
        foreach (FieldDefinition field in type.GetFields().Select(_reader.GetFieldDefinition))
        {
            string member = $"{place}.{_reader.GetString(field.Name)}";
            Add(member, UseKind.Field, field.DecodeSignature(_names, null));
            AddAttributes(member, field.GetCustomAttributes());
        }

        // The types of properties and events are those of their methods.
        foreach (PropertyDefinition property in type.GetProperties().Select(_reader.GetPropertyDefinition))
        {
            AddAttributes($"{place}.{_reader.GetString(property.Name)}", property.GetCustomAttributes());
        }

        foreach (EventDefinition happening in type.GetEvents().Select(_reader.GetEventDefinition))
        {
            AddAttributes($"{place}.{_reader.GetString(happening.Name)}", happening.GetCustomAttributes());
        }

        foreach (MethodDefinition method in type.GetMethods().Select(_reader.GetMethodDefinition))
        {
            ReadMethod($"{place}.{_reader.GetString(method.Name)}", method);
        }
    }

    private void ReadMethod(string place, MethodDefinition method)
    {
        MethodSignature<ImmutableArray<string>> signature = method.DecodeSignature(_names, null);
        Add(place, UseKind.ReturnType, signature.ReturnType);
        Add(place, UseKind.Parameter, signature.ParameterTypes.SelectMany(static parameter => parameter));
        AddAttributes(place, method.GetCustomAttributes());
        AddTypeParameters(place, method.GetGenericParameters());
        foreach (Parameter parameter in method.GetParameters().Select(_reader.GetParameter))
        {
            AddAttributes(place, parameter.GetCustomAttributes());
        }

        if (method.RelativeVirtualAddress != 0 && (method.ImplAttributes & MethodImplAttributes.CodeTypeMask) == MethodImplAttributes.IL)
        {
            ReadBody(place, _image.GetMethodBody(method.RelativeVirtualAddress));
        }
    }

    private void ReadBody(string place, MethodBodyBlock body)
    {
        if (!body.LocalSignature.IsNil)
        {
            ImmutableArray<ImmutableArray<string>> locals = _reader.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null);
            Add(place, UseKind.Local, locals.SelectMany(static local => local));
        }

        foreach (ExceptionRegion region in body.ExceptionRegions)
        {
            Add(place, UseKind.Catch, _names.Of(region.CatchType));
        }

        foreach (EntityHandle token in InstructionTokens.Read(body.GetILReader()))
        {
            AddInstruction(place, token);
        }
    }

    // What a call returns and what a field holds goes through the hands of the method, even where no local keeps it.
    private void AddInstruction(string place, EntityHandle token)
    {
        switch (token.Kind)
        {
            case HandleKind.MethodDefinition:
                MethodDefinition method = _reader.GetMethodDefinition((MethodDefinitionHandle)token);
                Add(place, UseKind.Instruction, _names.Of(method.GetDeclaringType()), _reader.GetString(method.Name));
                Add(place, UseKind.Instruction, method.DecodeSignature(_names, null).ReturnType);
                break;

            case HandleKind.FieldDefinition:
                FieldDefinition field = _reader.GetFieldDefinition((FieldDefinitionHandle)token);
                Add(place, UseKind.Instruction, _names.Of(field.GetDeclaringType()), _reader.GetString(field.Name));
                Add(place, UseKind.Instruction, field.DecodeSignature(_names, null));
                break;

            case HandleKind.MemberReference:
                MemberReference member = _reader.GetMemberReference((MemberReferenceHandle)token);
                Add(place, UseKind.Instruction, _names.Of(member.Parent), _reader.GetString(member.Name));
                Add(place, UseKind.Instruction, member.GetKind() == MemberReferenceKind.Field
                    ? member.DecodeFieldSignature(_names, null)
                    : member.DecodeMethodSignature(_names, null).ReturnType);
                break;

            case HandleKind.MethodSpecification:
                MethodSpecification specification = _reader.GetMethodSpecification((MethodSpecificationHandle)token);
                AddInstruction(place, specification.Method);
                Add(place, UseKind.Instruction, specification.DecodeSignature(_names, null).SelectMany(static argument => argument));
                break;

            case HandleKind.StandaloneSignature:
                MethodSignature<ImmutableArray<string>> called = _reader.GetStandaloneSignature((StandaloneSignatureHandle)token).DecodeMethodSignature(_names, null);
                Add(place, UseKind.Instruction, _names.GetFunctionPointerType(called));
                break;

            default:
                Add(place, UseKind.Instruction, _names.Of(token));
                break;
        }
    }

    private void AddTypeParameters(string place, GenericParameterHandleCollection parameters)
    {
        foreach (GenericParameter parameter in parameters.Select(_reader.GetGenericParameter))
        {
            AddAttributes(place, parameter.GetCustomAttributes());
            foreach (GenericParameterConstraint constraint in parameter.GetConstraints().Select(_reader.GetGenericParameterConstraint))
            {
                Add(place, UseKind.Constraint, _names.Of(constraint.Type));
            }
        }
    }

    private void AddAttributes(string place, CustomAttributeHandleCollection attributes)
    {
        foreach (CustomAttribute attribute in attributes.Select(_reader.GetCustomAttribute))
        {
            EntityHandle type = attribute.Constructor.Kind == HandleKind.MethodDefinition
                ? _reader.GetMethodDefinition((MethodDefinitionHandle)attribute.Constructor).GetDeclaringType()
                : _reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            Add(place, UseKind.Attribute, _names.Of(type));

            CustomAttributeValue<ImmutableArray<string>> value = attribute.DecodeValue(_names);
            Add(place, UseKind.Attribute, value.FixedArguments.SelectMany(static argument => TypesIn(argument.Type, argument.Value)));
            Add(place, UseKind.Attribute, value.NamedArguments.SelectMany(static argument => TypesIn(argument.Type, argument.Value)));
        }
    }

    // The type of an argument, and what it says: a typeof, or an array that holds some.
    private static IEnumerable<string> TypesIn(ImmutableArray<string> type, object? value) => value switch
    {
        ImmutableArray<string> named => [.. type, .. named],
        ImmutableArray<CustomAttributeTypedArgument<ImmutableArray<string>>> items =>
            [.. type, .. items.SelectMany(static item => TypesIn(item.Type, item.Value))],
        _ => type,
    };

    private void Add(string place, UseKind kind, IEnumerable<string> types, string member = "")
    {
        foreach (string to in types.Select(Outermost).Where(to => to != _outermost))
        {
            _uses.Add(new TypeUse(_outermost, place, kind, to, member));
        }
    }

    private static string Outermost(string type) => type.Split('+')[0];
}

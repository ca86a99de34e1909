using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.CoreClr;

/// <summary>Tells methods of one name in one type apart, by their parameters.</summary>
internal static class Overloads
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance;

    private static readonly Dictionary<Type, string> s_keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(char)] = "char",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(nint)] = "nint",
        [typeof(nuint)] = "nuint",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(decimal)] = "decimal",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    /// <summary>
    /// <c>(int, string)</c> where the type of <paramref name="method"/> has more methods of its name, otherwise empty. The
    /// body of an async method or an iterator has the parameters of the method that it was written as.
    /// </summary>
    public static string ParametersOf(MethodBase method)
    {
        try
        {
            Type type = DefinitionOf(method.DeclaringType!);
            return method.Name == "MoveNext"
                && type.DeclaringType is { } outer
                && HoldingMethod.TryFind(NameWithoutArity(type.Name), out string? written)
                && written is not null
                    ? Describe(Named(DefinitionOf(outer), written), m => StateMachineOf(m) == type)
                    : Describe(Named(type, method.Name), m => m.MetadataToken == method.MetadataToken);
        }
        catch (Exception e) when (e is IOException or TypeLoadException or BadImageFormatException or NotSupportedException)
        {
            // An assembly that a parameter's type is in is not there.
            return "";
        }
    }

    private static string Describe(MethodBase[] methods, Predicate<MethodBase> isTheOne)
    {
        if (methods.Length < 2 || Array.Find(methods, isTheOne) is not { } method)
        {
            return "";
        }

        var text = new StringBuilder("(");
        foreach (ParameterInfo parameter in method.GetParameters())
        {
            Append(text.Append(text.Length > 1 ? ", " : ""), parameter);
        }

        return text.Append(')').ToString();
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070", Justification = "Of an overload that the trimmer removed no method needs to be told apart.")]
    private static MethodBase[] Named(Type type, string name) => name == ConstructorInfo.ConstructorName
        ? type.GetConstructors(Declared & ~BindingFlags.Static)
        : [.. type.GetMember(name, MemberTypes.Method, Declared).Cast<MethodBase>()];

    private static Type? StateMachineOf(MethodBase method) => method.GetCustomAttribute<StateMachineAttribute>()?.StateMachineType;

    private static Type DefinitionOf(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static void Append(StringBuilder text, ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        if (type.IsByRef)
        {
            text.Append(parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ");
            type = type.GetElementType()!;
        }

        Append(text, type);
    }

    private static void Append(StringBuilder text, Type type)
    {
        if (type.IsArray)
        {
            Append(text, type.GetElementType()!);
            text.Append('[').Append(',', type.GetArrayRank() - 1).Append(']');
        }
        else if (type.IsPointer)
        {
            Append(text, type.GetElementType()!);
            text.Append('*');
        }
        else if (type.IsFunctionPointer)
        {
            text.Append("delegate*");
        }
        else if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            Append(text, underlying);
            text.Append('?');
        }
        else if (s_keywords.TryGetValue(type, out string? keyword))
        {
            text.Append(keyword);
        }
        else
        {
            text.Append(NameWithoutArity(type.Name));
            AppendArguments(text, type);
        }
    }

    /// <summary>Those of the type itself: a nested type repeats the arguments of those around it.</summary>
    private static void AppendArguments(StringBuilder text, Type type)
    {
        Type[] arguments = type.IsGenericParameter ? [] : type.GetGenericArguments();
        int inherited = type.IsGenericParameter ? 0 : type.DeclaringType?.GetGenericArguments().Length ?? 0;
        for (int i = inherited; i < arguments.Length; i++)
        {
            Append(text.Append(i == inherited ? "<" : ", "), arguments[i]);
        }

        if (arguments.Length > inherited)
        {
            text.Append('>');
        }
    }

    private static string NameWithoutArity(string name)
    {
        int arity = name.LastIndexOf('`');
        return arity < 0 ? name : name[..arity];
    }
}

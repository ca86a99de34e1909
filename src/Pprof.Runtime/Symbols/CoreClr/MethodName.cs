using System.Reflection;
using Pprof.Symbols.Managed;

namespace Pprof.Symbols.CoreClr;

/// <summary>The name of a method as it stands in the source, and as it stands in metadata.</summary>
/// <param name="Name"><c>Namespace.Type.Method</c>; <c>Namespace.Type.Method(int)</c> where the type has several.</param>
/// <param name="SystemName"><c>Namespace.Type+Nested`1::Method</c>, or empty where that says no more.</param>
internal readonly record struct MethodName(string Name, string SystemName)
{
    /// <summary>The name of <paramref name="method"/>; that of its definition where it is generic.</summary>
    public static MethodName Of(MethodBase method)
    {
        // Methods that were made at run time have a name and nothing around it; so have those of a module.
        if (method.DeclaringType is not { } type)
        {
            return new MethodName(method.Name, "");
        }

        type = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        string[] methodParameters = method is MethodInfo { IsGenericMethod: true } generic
            ? [.. generic.GetGenericMethodDefinition().GetGenericArguments().Select(p => p.Name)]
            : [];
        return new MethodName(
            ManagedName.Compose(type.Namespace, LevelsOf(type), method.Name, methodParameters) + Overloads.ParametersOf(method),
            $"{type.FullName ?? type.Name}::{method.Name}");
    }

    /// <summary>The types around the method, outermost first.</summary>
    private static List<TypeLevel> LevelsOf(Type type)
    {
        var levels = new List<TypeLevel>();
        Type[] parameters = type.GetGenericArguments();
        for (Type? level = type; level is not null; level = level.DeclaringType)
        {
            // A nested type repeats the parameters of those around it.
            int inherited = level.DeclaringType?.GetGenericArguments().Length ?? 0;
            int own = level.GetGenericArguments().Length;
            int arity = level.Name.IndexOf('`');
            levels.Add(new TypeLevel(
                arity < 0 ? level.Name : level.Name[..arity],
                own > inherited ? [.. parameters[inherited..own].Select(p => p.Name)] : []));
        }

        levels.Reverse();
        return levels;
    }
}

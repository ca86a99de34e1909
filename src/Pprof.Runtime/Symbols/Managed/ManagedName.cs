using System.Text;

namespace Pprof.Symbols.Managed;

/// <summary>One level of a nested type.</summary>
/// <param name="Name">Name in metadata without the number of type parameters.</param>
/// <param name="Parameters">The names of the type parameters that this level adds to those around it.</param>
internal readonly record struct TypeLevel(string Name, IReadOnlyList<string> Parameters);

/// <summary>
/// Names as they stand in the source, made from the names that compilers put into metadata: they move the bodies of
/// lambdas, local functions, async methods and iterators into methods and types of their own, whose names say where they
/// come from.
/// </summary>
internal static class ManagedName
{
    /// <summary>
    /// <c>Namespace.Type.Method</c>. <paramref name="types"/> are the declaring types, outermost first.
    /// </summary>
    public static string Compose(
        string? typeNamespace, IReadOnlyList<TypeLevel> types, string method, IReadOnlyList<string> methodParameters)
    {
        var name = new StringBuilder();
        if (!string.IsNullOrEmpty(typeNamespace))
        {
            name.Append(typeNamespace).Append('.');
        }

        // A type that the compiler made stands for a method of the type around it, or for nothing.
        string? holder = null;
        var holderParameters = new List<string>();
        foreach (TypeLevel type in types)
        {
            if (!HoldingMethod.TryFind(type.Name, out string? held))
            {
                name.Append(VisibleTypeName(type.Name));
                AppendParameters(name, type.Parameters);
                name.Append('.');
                continue;
            }

            holderParameters.AddRange(type.Parameters);
            holder = held ?? holder;
        }

        if (holder is null)
        {
            return AppendMethod(name, method, holderParameters, methodParameters).ToString();
        }

        AppendMethod(name, holder, holderParameters, []);
        string part = method switch
        {
            "MoveNext" or "GenerateNext" => "",
            "Invoke" when holder != HoldingMethod.Lambda => HoldingMethod.Lambda,
            "Invoke" => "",
            _ => MethodName(method),
        };
        return (part.Length > 0 ? name.Append('.').Append(part) : name).ToString();
    }

    /// <summary>
    /// The method that a state machine's type holds, with those around it in the same type: <c>Run.lambda</c> of
    /// <c>&lt;&lt;Run&gt;b__0_0&gt;d</c>.
    /// </summary>
    public static string OfStateMachine(string type) => Compose(null, [new TypeLevel(type, [])], "MoveNext", []);

    /// <summary>The name of a type that is visible only in its file is <c>&lt;File&gt;F0123…__Name</c>.</summary>
    public static string VisibleTypeName(string type) =>
        TrySplit(type, out _, out ReadOnlySpan<char> rest)
        && rest is ['F', ..]
        && rest.IndexOf("__") is int separator and > 0
            ? rest[(separator + 2)..].ToString()
            : type;

    private static StringBuilder AppendMethod(
        StringBuilder name, string method, IReadOnlyList<string> holderParameters, IReadOnlyList<string> methodParameters)
    {
        // Lambda in M: <M>b__0_1. Local function in M: <M>g__Local|0_1. They nest: <<M>b__0>g__Local|1.
        if (TrySplit(method, out string inner, out ReadOnlySpan<char> rest) && inner.Length > 0)
        {
            string? part = rest switch
            {
                ['b', '_', '_', ..] => HoldingMethod.Lambda,
                ['g', '_', '_', ..] => LocalFunctionName(rest["g__".Length..]),
                _ => null,
            };
            if (part is not null)
            {
                AppendMethod(name, inner, holderParameters, []).Append('.').Append(part);
                AppendParameters(name, methodParameters);
                return name;
            }
        }

        name.Append(MethodName(method));
        AppendParameters(name, holderParameters);
        AppendParameters(name, methodParameters);
        return name;
    }

    private static string LocalFunctionName(ReadOnlySpan<char> name)
    {
        int end = name.LastIndexOf('|');
        return (end < 0 ? name : name[..end]).ToString();
    }

    /// <summary>The name of a method that is not a part of another one; empty for a part that has none of its own.</summary>
    private static string MethodName(string method)
    {
        if (TrySplit(method, out string inner, out ReadOnlySpan<char> rest))
        {
            // <Main>$, <Clone>$, and the wrapper <Main> of an async entry point; <>m__Finally1 of an iterator.
            return inner.Length == 0
                ? rest is ['m', '_', '_', ..] ? "" : method
                : rest is [] or ['$'] || rest.StartsWith("__debug@") ? inner : method;
        }

        if (method.StartsWith("_Lambda$__", StringComparison.Ordinal))
        {
            return HoldingMethod.Lambda;
        }

        method = HoldingMethod.WithoutLine(method) ?? method;

        // An explicit implementation carries the whole name of the interface. A name in the backquotes of F# may be a
        // sentence.
        int end = method.Contains(' ') ? 0 : method.LastIndexOf('.');
        return end > 0 ? method[(end + 1)..] : method;
    }

    /// <summary>Splits <c>&lt;inner&gt;rest</c>.</summary>
    internal static bool TrySplit(string name, out string inner, out ReadOnlySpan<char> rest)
    {
        int depth = 0;
        for (int i = 0; i < name.Length && (i > 0 || name[0] == '<'); i++)
        {
            depth += name[i] switch
            {
                '<' => 1,
                '>' => -1,
                _ => 0,
            };
            if (depth == 0)
            {
                inner = name[1..i];
                rest = name.AsSpan(i + 1);
                return true;
            }
        }

        inner = "";
        rest = default;
        return false;
    }

    private static void AppendParameters(StringBuilder name, IReadOnlyList<string> parameters)
    {
        if (parameters.Count > 0)
        {
            name.Append('<').AppendJoin(", ", parameters).Append('>');
        }
    }
}

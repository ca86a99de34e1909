using Pprof.Symbols.Managed;

namespace Pprof.Tool.Converting;

/// <summary>
/// The name of a method as it stands in the source, made from the one that a recording has:
/// <c>Namespace.Type`1+Nested[System.__Canon].Method(class System.String)</c>.
/// </summary>
internal static class TraceMethodName
{
    /// <summary>The name; <paramref name="fullName"/> itself where its form is not understood.</summary>
    public static string Of(string fullName)
    {
        string name = WithoutArguments(fullName);
        int method = LastDot(name);
        if (method <= 0 || method == name.Length - 1)
        {
            return fullName;
        }

        string type = name[..method];
        int firstLevel = type.IndexOf('+', StringComparison.Ordinal);
        int typeNamespace = LastDot(firstLevel < 0 ? type : type[..firstLevel]);
        string[] levels = type[(typeNamespace + 1)..].Split('+');
        return ManagedName.Compose(
            typeNamespace > 0 ? type[..typeNamespace] : null,
            [.. levels.Select(static level => new TypeLevel(WithoutArity(level), []))],
            name[(method + 1)..],
            []);
    }

    /// <summary>Without signature and type arguments, which stand in brackets; those of names such as <c>&lt;Main&gt;b__0</c> stay.</summary>
    private static string WithoutArguments(string name)
    {
        int signature = name.IndexOf('(', StringComparison.Ordinal);
        ReadOnlySpan<char> rest = signature < 0 ? name : name.AsSpan(0, signature);
        var text = new System.Text.StringBuilder(rest.Length);
        int depth = 0;
        foreach (char c in rest)
        {
            depth += c == '[' ? 1 : 0;
            if (depth == 0)
            {
                text.Append(c);
            }

            depth -= c == ']' && depth > 0 ? 1 : 0;
        }

        return text.ToString();
    }

    private static string WithoutArity(string level)
    {
        int arity = level.LastIndexOf('`');
        return arity > 0 ? level[..arity] : level;
    }

    /// <summary>The dot before the last name, which may itself begin with one: <c>Type..ctor</c>. Not one between angle brackets.</summary>
    private static int LastDot(string name)
    {
        int depth = 0;
        for (int i = name.Length - 1; i >= 0; i--)
        {
            depth += name[i] switch
            {
                '>' => 1,
                '<' => -1,
                _ => 0,
            };
            if (name[i] == '.' && depth == 0)
            {
                return i > 0 && name[i - 1] == '.' ? i - 1 : i;
            }
        }

        return -1;
    }
}

using System.Text;

namespace Pprof.Symbols.Managed;

/// <summary>
/// The name of a type as the runtime writes it, of which no more is made than <see cref="TypeName"/> reads: in that of twenty
/// dictionaries within each other the innermost type stands a million times.
/// </summary>
internal static class RuntimeTypeName
{
    /// <summary>The name: <c>List`1[System.Int32[]]</c>. What is too long or too deep in it is an ellipsis.</summary>
    public static string Of(Type type)
    {
        var text = new StringBuilder();
        Append(text, type, 0);
        return text.ToString();
    }

    private static void Append(StringBuilder text, Type type, int depth)
    {
        if (text.Length > TypeName.MaxLength || depth > TypeName.MaxDepth)
        {
            text.Append(TypeName.Ellipsis);
        }
        else if (type.HasElementType)
        {
            Append(text, type.GetElementType()!, depth + 1);
            text.Append(SuffixOf(type));
        }
        else if (type.IsConstructedGenericType)
        {
            // That of the definition ends with the names of its parameters.
            string definition = type.GetGenericTypeDefinition().ToString();
            int end = definition.IndexOf('[');
            text.Append(end < 0 ? definition : definition.AsSpan(0, end));
            char before = '[';
            foreach (Type argument in type.GenericTypeArguments)
            {
                text.Append(before);
                Append(text, argument, depth + 1);
                before = ',';
            }

            text.Append(']');
        }
        else
        {
            text.Append(type.ToString());
        }
    }

    private static string SuffixOf(Type type) =>
        type.IsPointer ? "*"
        : type.IsByRef ? "&"
        : type.IsSZArray ? "[]"
        : type.GetArrayRank() == 1 ? "[*]"
        : $"[{new string(',', type.GetArrayRank() - 1)}]";
}

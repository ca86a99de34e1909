using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Pprof.Symbols.Managed;

/// <summary>
/// The name of a type as it stands in the source, made from the one that the runtime writes:
/// <c>List&lt;int[]&gt;</c> of <c>List`1[System.Int32[]]</c>.
/// </summary>
internal static class TypeName
{
    /// <summary>The characters of a name that are kept. One of nested generic types may have millions.</summary>
    public const int MaxLength = 1_000;

    /// <summary>How deep types are looked into that are arguments of others.</summary>
    public const int MaxDepth = 32;

    /// <summary>Stands for what is left out.</summary>
    public const char Ellipsis = '…';

    /// <summary>The characters that are read of a name of which more than enough is there.</summary>
    public const int MaxSource = 4 * MaxLength;

    private static readonly FrozenDictionary<string, string> s_keywords = new Dictionary<string, string>
    {
        ["System.Boolean"] = "bool",
        ["System.Byte"] = "byte",
        ["System.SByte"] = "sbyte",
        ["System.Char"] = "char",
        ["System.Decimal"] = "decimal",
        ["System.Double"] = "double",
        ["System.Single"] = "float",
        ["System.Int32"] = "int",
        ["System.UInt32"] = "uint",
        ["System.IntPtr"] = "nint",
        ["System.UIntPtr"] = "nuint",
        ["System.Int64"] = "long",
        ["System.UInt64"] = "ulong",
        ["System.Int16"] = "short",
        ["System.UInt16"] = "ushort",
        ["System.Object"] = "object",
        ["System.String"] = "string",
        ["System.Void"] = "void",
        ["System.__Canon"] = "__Canon",
    }.ToFrozenDictionary();

    /// <summary>The name, cut; <paramref name="name"/> itself where its form is not understood.</summary>
    public static string Of(string name)
    {
        string source = name.Length <= MaxSource ? name : Close(name[..MaxSource]);
        int at = 0;
        var text = new StringBuilder();
        return Cut(TryRead(source, ref at, text, 0) && at == source.Length ? text.ToString() : name);
    }

    /// <summary>The name as a frame has it, with what the runtime calls the type where that is another name.</summary>
    public static FrameSymbol SymbolOf(string name)
    {
        string kept = Cut(name);
        string shown = Of(name);
        return new FrameSymbol(shown, shown == kept ? "" : kept);
    }

    /// <summary>A name without what is more than enough of it.</summary>
    public static string Cut(string name) =>
        name.Length <= MaxLength ? name
        : string.Concat(name.AsSpan(0, char.IsHighSurrogate(name[MaxLength - 1]) ? MaxLength - 1 : MaxLength), [Ellipsis]);

    /// <summary>Ends all lists of arguments that have no end.</summary>
    private static string Close(string name)
    {
        int open = 0;
        foreach (char c in name)
        {
            open += c == '[' ? 1 : c == ']' ? -1 : 0;
        }

        return name + Ellipsis + new string(']', Math.Max(0, open));
    }

    private static bool TryRead(string name, ref int at, StringBuilder text, int depth)
    {
        if (depth > MaxDepth)
        {
            text.Append(Ellipsis);
            Skip(name, ref at);
            return true;
        }

        int end = EndOfName(name, at);
        if (end == at)
        {
            // No type, but what stands in the place of one: [unknown type].
            return false;
        }

        string plain = name[at..end];
        at = end;
        var arguments = new List<string>();
        if (IsAt(name, at, '[') && !IsAt(name, at + 1, ']') && !IsAt(name, at + 1, ',') && !IsAt(name, at + 1, '*'))
        {
            if (!TryReadArguments(name, ref at, arguments, depth))
            {
                return false;
            }
        }

        AppendName(text, plain, arguments);
        return TryReadSuffix(name, ref at, text);
    }

    /// <summary>Goes to the end of an argument.</summary>
    private static void Skip(string name, ref int at)
    {
        for (int open = 0; at < name.Length && (open > 0 || name[at] is not (',' or ']')); at++)
        {
            open += name[at] == '[' ? 1 : name[at] == ']' ? -1 : 0;
        }
    }

    // A name may hold brackets of angles and commas between them: <>f__AnonymousType0`2, <M>d__1.
    private static int EndOfName(string name, int at)
    {
        int end = name.AsSpan(at).IndexOfAny("[],*&");
        return end < 0 ? name.Length : at + end;
    }

    private static bool TryReadArguments(string name, ref int at, List<string> arguments, int depth)
    {
        do
        {
            at++;
            bool qualified = IsAt(name, at, '[');
            at += qualified ? 1 : 0;
            var argument = new StringBuilder();
            if (!TryRead(name, ref at, argument, depth + 1))
            {
                return false;
            }

            if (qualified)
            {
                // The assembly follows.
                int close = name.IndexOf(']', at);
                if (close < 0)
                {
                    return false;
                }

                at = close + 1;
            }

            arguments.Add(argument.ToString());
        }
        while (IsAt(name, at, ','));
        return IsAt(name, at++, ']');
    }

    /// <summary>
    /// Of an array of arrays the runtime writes what the elements are first, and C# the outermost: <c>int[,][]</c> is
    /// <c>int[][,]</c>.
    /// </summary>
    private static bool TryReadSuffix(string name, ref int at, StringBuilder text)
    {
        int arrays = text.Length;
        while (at < name.Length && name[at] is '[' or '*' or '&')
        {
            int start = at++;
            if (name[start] != '[')
            {
                text.Append(name[start]);
                arrays = text.Length;
                continue;
            }

            while (IsAt(name, at, ',') || IsAt(name, at, '*'))
            {
                at++;
            }

            if (!IsAt(name, at++, ']'))
            {
                return false;
            }

            text.Insert(arrays, name[start..at]);
        }

        return true;
    }

    private static void AppendName(StringBuilder text, string name, List<string> arguments)
    {
        if (arguments.Count == 0 && s_keywords.TryGetValue(name, out string? keyword))
        {
            text.Append(keyword);
            return;
        }

        int used = 0;
        string[] levels = name.Split('+');
        for (int i = 0; i < levels.Length; i++)
        {
            string level = levels[i];
            int arity = level.LastIndexOf('`');
            int own = arity >= 0 && int.TryParse(level.AsSpan(arity + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
            level = own > 0 ? level[..arity] : level;
            string mark = AppendLevel(text, level, isFirst: i == 0);
            if (own > 0 && used + own <= arguments.Count)
            {
                text.Append('<').AppendJoin(", ", arguments.GetRange(used, own)).Append('>');
            }

            text.Append(mark);
            used += own;
        }
    }

    /// <summary>Returns what is to be said of it after its arguments.</summary>
    private static string AppendLevel(StringBuilder text, string level, bool isFirst)
    {
        if (!isFirst && HoldingMethod.TryFind(level, out string? method))
        {
            // What the compiler made to hold the variables of a method.
            text.Append(method is null ? "" : "." + ManagedName.OfStateMachine(level));
            return method is null ? " [closure]" : " [state machine]";
        }

        // The namespace stands before the first.
        int start = isFirst && level.IndexOf(".<", StringComparison.Ordinal) is >= 0 and int dot ? dot + 1 : 0;
        text.Append(isFirst ? "" : ".").Append(level, 0, start).Append(ManagedName.VisibleTypeName(level[start..]));
        return "";
    }

    private static bool IsAt(string name, int at, char c) => at < name.Length && name[at] == c;
}

using System.Text;

namespace Pprof.Tool.Reading;

/// <summary>Names of functions as the pprof tool shows them.</summary>
internal static class FunctionName
{
    /// <summary>
    /// The name. One that is no other than the raw name is taken for that of a C++ function where it looks like one, and
    /// loses its parameters and those of its templates, as the tool does it.
    /// </summary>
    public static string Of(string name, string systemName)
    {
        if (name.Length > 0 && systemName != name)
        {
            return name;
        }

        bool isOfGo = systemName.Contains(".<", StringComparison.Ordinal) || systemName.Contains("]).", StringComparison.Ordinal);
        bool isOfCPlusPlus = !isOfGo && (systemName.AsSpan().IndexOfAny("<>[]") >= 0 || systemName.Contains("::", StringComparison.Ordinal));
        return isOfCPlusPlus ? Without(Without(systemName, '(', ')'), '<', '>') : systemName;
    }

    /// <summary>Without what stands between brackets; where they do not match, the name itself.</summary>
    private static string Without(string name, char open, char close)
    {
        int depth = 0;
        var text = new StringBuilder();
        foreach (char c in name)
        {
            depth += c == open ? 1 : 0;
            if (depth == 0)
            {
                text.Append(c);
            }

            depth -= c == close ? 1 : 0;
            if (depth < 0)
            {
                return name;
            }
        }

        return depth == 0 ? text.ToString() : name;
    }
}

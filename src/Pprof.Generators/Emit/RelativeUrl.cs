using System.Text;

namespace Pprof.Generators.Emit;

/// <summary>Writes the name of a profile as the index page links to it.</summary>
internal static class RelativeUrl
{
    /// <summary>The name as a relative URL; everything that could leave an attribute or the path segment is escaped.</summary>
    public static string To(string name)
    {
        var url = new StringBuilder();
        int colon = name.IndexOf(':');
        if (colon >= 0 && name.IndexOf('/', 0, colon) < 0)
        {
            // Otherwise the part before the colon would be read as a scheme.
            url.Append("./");
        }

        return url.Append(string.Join("/", name.Split('/').Select(Escape))).ToString();
    }

    // By hand, because Uri.EscapeDataString differs between the frameworks that a compiler runs on.
    private static string Escape(string segment)
    {
        var escaped = new StringBuilder();
        foreach (byte value in Encoding.UTF8.GetBytes(segment))
        {
            char c = (char)value;
            if (c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-' or '.' or '_' or '~')
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append('%').Append(value.ToString("X2", System.Globalization.CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}

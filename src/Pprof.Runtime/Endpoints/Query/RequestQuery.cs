using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Pprof.Endpoints.Query;

/// <summary>
/// Parameters in the query string as Go reads them: keys are case-sensitive, the first value of a key counts, and a
/// malformed part is skipped as if it were not there.
/// </summary>
internal readonly struct RequestQuery(QueryString query)
{
    /// <summary>The first value of <paramref name="key"/>; empty where there is none.</summary>
    public string First(string key)
    {
        ReadOnlySpan<char> rest = query.Value;
        if (rest.StartsWith("?"))
        {
            rest = rest[1..];
        }

        foreach (Range range in rest.Split('&'))
        {
            ReadOnlySpan<char> part = rest[range];
            if (part.IsEmpty || part.Contains(';'))
            {
                continue;
            }

            int equals = part.IndexOf('=');
            ReadOnlySpan<char> name = equals < 0 ? part : part[..equals];
            ReadOnlySpan<char> value = equals < 0 ? default : part[(equals + 1)..];
            if (Unescape(name) == key && Unescape(value) is { } text)
            {
                return text;
            }
        }

        return "";
    }

    /// <summary>
    /// The first value of <paramref name="key"/> as a number: 0 where it is none, the nearest 64-bit number where it
    /// is beyond.
    /// </summary>
    public long Number(string key)
    {
        NumberText.ParseDecimal(First(key), out long value);
        return value;
    }

    private static string? Unescape(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAny('%', '+'))
        {
            return text.ToString();
        }

        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text.ToArray());
        int length = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            byte value = bytes[i];
            if (value == '%')
            {
                if (i + 2 >= bytes.Length || !byte.TryParse(bytes.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
                {
                    return null;
                }

                i += 2;
            }
            else if (value == '+')
            {
                value = (byte)' ';
            }

            bytes[length++] = value;
        }

        return System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }
}

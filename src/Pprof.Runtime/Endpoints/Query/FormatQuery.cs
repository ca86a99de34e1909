using System.Diagnostics.CodeAnalysis;
using Pprof.Collectors;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Query;

/// <summary>Reads <c>format=</c>, and what a request may say of the format, where a profile has several.</summary>
internal static class FormatQuery
{
    // No longer text is looked at. What it says is the collector's to read.
    private const int MaxCharacters = 4096;

    /// <summary>Adds the format to the arguments, or tells what the client is told where it is none.</summary>
    /// <param name="query">The request's query string.</param>
    /// <param name="formats">Those of the profile, the first of which holds where the request names none.</param>
    /// <param name="arguments">What else the request says.</param>
    /// <param name="refusal">What is wrong, in Go's form.</param>
    public static bool TryRead(RequestQuery query, IReadOnlyList<ProfileFormat> formats, ref ProfileArguments arguments, [NotNullWhen(false)] out string? refusal)
    {
        refusal = null;
        if (formats.Count == 0)
        {
            return true;
        }

        string asked = query.First("format");
        ProfileFormat? format = asked.Length == 0 ? formats[0] : formats.FirstOrDefault(format => format.Name == asked);
        if (format is null)
        {
            string[] names = [.. formats.Select(static known => known.Name)];
            refusal = $"invalid value for \"format\" - must be {string.Join(", ", names[..^1])} or {names[^1]}";
            return false;
        }

        var texts = new Dictionary<string, string>();
        foreach (ProfileFormat known in formats)
        {
            foreach (string parameter in known.Parameters)
            {
                string text = query.First(parameter);
                refusal = text.Length > MaxCharacters ? $"invalid value for \"{parameter}\" - has more than {MaxCharacters} characters"
                    : text.Length > 0 && known != format ? $"invalid value for \"{parameter}\" - goes with format={known.Name} only"
                    : null;
                if (refusal is not null)
                {
                    return false;
                }

                texts[parameter] = text;
            }
        }

        arguments = arguments.In(format.Name, texts);
        return true;
    }
}

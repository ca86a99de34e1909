using System.Diagnostics.CodeAnalysis;
using Pprof.Collectors;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Query;

/// <summary>Reads the parameters that a profile's row states from a request: numbers, and lists of words.</summary>
internal static class ParameterQuery
{
    /// <summary>The values, or what the client is told where one of them is out of bounds.</summary>
    /// <param name="query">The request's query string.</param>
    /// <param name="parameters">The parameters of the row.</param>
    /// <param name="options">What parameters have their defaults from.</param>
    /// <param name="arguments">The values.</param>
    /// <param name="refusal">What is wrong, in Go's form.</param>
    public static bool TryRead(
        RequestQuery query,
        IReadOnlyList<ProfileParameter> parameters,
        PprofOptions options,
        [NotNullWhen(true)] out ProfileArguments? arguments,
        [NotNullWhen(false)] out string? refusal)
    {
        var values = new Dictionary<string, long>(parameters.Count);
        foreach (ProfileParameter parameter in parameters)
        {
            long value = parameter.Default(options);
            if (query.First(parameter.Name) is { Length: > 0 } text && !TryRead(text, parameter, out value, out string? wanted))
            {
                arguments = null;
                refusal = $"invalid value for \"{parameter.Name}\" - must be {wanted}";
                return false;
            }

            values.Add(parameter.Name, value);
        }

        arguments = new ProfileArguments(values);
        refusal = null;
        return true;
    }

    private static bool TryRead(string text, ProfileParameter parameter, out long value, [NotNullWhen(false)] out string? wanted)
    {
        bool isValid = parameter.Words.Count == 0
            ? NumberText.ParseDecimal(text, out value) == NumberStatus.Valid && value >= parameter.Minimum && value <= parameter.Maximum
            : TryReadWords(text, parameter.Words, out value);
        wanted = isValid ? null
            : parameter.Words.Count == 0 ? $"an integer from {parameter.Minimum} to {parameter.Maximum}"
            : $"one or more of {string.Join(", ", parameter.Words)}, with commas between them";
        return isValid;
    }

    /// <summary>A bit for each word.</summary>
    private static bool TryReadWords(string text, IReadOnlyList<string> words, out long value)
    {
        value = 0;
        foreach (string word in text.Split(',', StringSplitOptions.TrimEntries))
        {
            int bit = 0;
            while (bit < words.Count && words[bit] != word)
            {
                bit++;
            }

            if (bit == words.Count)
            {
                return false;
            }

            value |= 1L << bit;
        }

        return true;
    }
}

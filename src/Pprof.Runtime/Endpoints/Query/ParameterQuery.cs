using System.Diagnostics.CodeAnalysis;
using Pprof.Collectors;
using Pprof.CompilerServices;

namespace Pprof.Endpoints.Query;

/// <summary>Reads the parameters that a profile's row states from a request.</summary>
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
            if (query.First(parameter.Name) is { Length: > 0 } text
                && (NumberText.ParseDecimal(text, out value) != NumberStatus.Valid || value < parameter.Minimum || value > parameter.Maximum))
            {
                arguments = null;
                refusal = $"invalid value for \"{parameter.Name}\" - must be an integer from {parameter.Minimum} to {parameter.Maximum}";
                return false;
            }

            values.Add(parameter.Name, value);
        }

        arguments = new ProfileArguments(values);
        refusal = null;
        return true;
    }
}

using System.CommandLine.Parsing;
using System.Globalization;

namespace Pprof.Tool.Commands;

/// <summary>What numbers of the command line can be.</summary>
internal static class NumberValidators
{
    /// <summary>Refuses what is not greater than zero.</summary>
    public static void Positive(OptionResult result)
    {
        if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) && number <= 0)
        {
            result.AddError($"{result.Option.Name} must be greater than 0.");
        }
    }
}

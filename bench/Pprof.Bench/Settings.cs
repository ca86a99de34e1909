namespace Pprof.Bench;

/// <summary>How long a benchmark measures.</summary>
/// <param name="Rounds">Measurements with a profile under way; each has one without before and after it.</param>
/// <param name="Seconds">Length of a measurement.</param>
/// <param name="Hz">Rate of the CPU profile.</param>
/// <param name="Content">What a trace has, or which workload there is; empty for what there is by default.</param>
internal sealed record Settings(int Rounds = 5, int Seconds = 5, int Hz = 100, string Content = "")
{
    public static Settings Parse(string[] arguments, Settings? defaults = null) => arguments.Select(argument => argument.Split('=')).Aggregate(
        defaults ?? new Settings(),
        (settings, pair) => pair switch
        {
            ["rounds", string value] => settings with { Rounds = int.Parse(value) },
            ["seconds", string value] => settings with { Seconds = int.Parse(value) },
            ["hz", string value] => settings with { Hz = int.Parse(value) },
            ["content", string value] => settings with { Content = value },
            _ => throw new ArgumentException($"unknown setting {string.Join('=', pair)}"),
        });
}

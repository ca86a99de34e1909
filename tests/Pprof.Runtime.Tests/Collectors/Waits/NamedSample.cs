using Pprof.Profiles;
using Pprof.Symbols;

namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>A sample with names instead of addresses.</summary>
internal sealed record NamedSample(IReadOnlyList<string> Stack, IReadOnlyDictionary<string, string> Labels, IReadOnlyList<long> Values)
{
    public static List<NamedSample> Of(Profile profile)
    {
        var symbolizer = Symbolizer.Create();
        return [.. Enumerable.Range(0, profile.Samples.Count).Select(i => new NamedSample(
            [.. profile.Samples.Stack(i).ToArray().Select(address => symbolizer.Resolve(address)?.Name ?? "?")],
            profile.Samples.Labels(i).Labels.ToDictionary(label => label.Key, label => label.Text ?? $"{label.Number}"),
            [.. profile.Samples.Values(i)]))];
    }

    /// <summary>Whether a frame is in a method of this name of any type.</summary>
    public bool Has(string method) => Stack.Any(frame => frame.EndsWith("." + method, StringComparison.Ordinal) || frame.Contains("." + method + ".", StringComparison.Ordinal));
}

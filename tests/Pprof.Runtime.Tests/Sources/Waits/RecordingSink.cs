using System.Globalization;
using Pprof.Profiles;
using Pprof.Sources.Waits;

namespace Pprof.Runtime.Tests.Sources.Waits;

/// <summary>Writes down what a source hands over: frames as characters, label, milliseconds, and the weights that are not 1.</summary>
internal sealed class RecordingSink : IWaitSink
{
    public List<string> Waits { get; } = [];

    /// <summary>The frames of each.</summary>
    public List<nuint[]> Stacks { get; } = [];

    /// <summary>Where the holder of each took the lock; 0 where it has none.</summary>
    public List<nuint> Holders { get; } = [];

    public bool IsActive { get; set; } = true;

    public bool WantsAll { get; set; }

    public void Record(ReadOnlySpan<nuint> frames, LabelSet labels, SampledLabels threadLabels, long nanoseconds, int weight, double countScale)
    {
        Stacks.Add(frames.ToArray());
        Holders.Add((nuint)(labels.Find(HolderLabels.Key)?.Number ?? 0));
        string stack = new(Array.ConvertAll(frames.ToArray(), static frame => (char)frame));
        string label = labels.Labels switch
        {
            [{ Key: HolderLabels.Key } holder] => "held at " + (char)holder.Number,
            [var kind] => kind.Text!,
            _ => "-",
        };
        string times = weight == 1 && countScale == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {weight} times, {weight * countScale} in number");
        Waits.Add(string.Create(CultureInfo.InvariantCulture, $"{stack}, {label}, {Math.Round(nanoseconds / 1e6)} ms{times}"));
    }
}

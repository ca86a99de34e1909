namespace Pprof.Bench;

/// <summary>An option that a running service takes from its configuration.</summary>
/// <param name="Name">Its name in the section of the package.</param>
/// <param name="With">Its value with what is measured.</param>
/// <param name="Without">Its value without.</param>
/// <param name="Settled">After how long what a switch changes is over.</param>
internal sealed record SwitchedOption(string Name, string With, string Without, TimeSpan Settled)
{
    /// <summary>Requests are labelled. Allocations are sampled in both.</summary>
    public static SwitchedOption Labels { get; } = new(nameof(PprofOptions.Labels), nameof(PprofLabelsOf.Routes), nameof(PprofLabelsOf.None), TimeSpan.FromSeconds(0.7));

    /// <summary>Allocations are sampled.</summary>
    public static SwitchedOption Memory { get; } =
        new(nameof(PprofOptions.MemoryProfile), nameof(MemoryProfile.Sampled), nameof(MemoryProfile.Off), TimeSpan.FromSeconds(2));
}

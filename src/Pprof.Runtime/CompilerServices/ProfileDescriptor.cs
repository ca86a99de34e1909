using System.ComponentModel;
using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.CompilerServices;

/// <summary>
/// One row of the table of profiles that the source generator emits. Only a row that is in the table refers to a
/// collector, so that the trimmer removes the collectors of all others.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileDescriptor
{
    private ProfileCollector? _instance;
    private object? _lock;
    private bool _made;

    /// <summary>The name in the path, such as <c>heap</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name as a URL relative to the index page, such as <c>heap</c>.</summary>
    public required string Href { get; init; }

    /// <summary>The sentence on the index page. Empty for a profile without one.</summary>
    public required string Description { get; init; }

    /// <summary>What the values of a sample measure, in order.</summary>
    public required IReadOnlyList<SampleType> SampleTypes { get; init; }

    /// <summary>The forms in which it can be asked for.</summary>
    public required ProfileForms Forms { get; init; }

    /// <summary>The flag that switches a built-in profile at run time; <see cref="PprofProfiles.None"/> for a custom one.</summary>
    public required PprofProfiles Flag { get; init; }

    /// <summary>Makes the collector. Called once for each process, at the first request that needs it.</summary>
    public required Func<ProfileCollector> Collector { get; init; }

    /// <summary>The collector of this row, the same for all hosts of the process.</summary>
    internal ProfileCollector Instance =>
        LazyInitializer.EnsureInitialized(ref _instance, ref _made, ref _lock, Collector)!;
}

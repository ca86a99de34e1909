using System.ComponentModel;
using Pprof.Collectors;
using Pprof.Profiles;

namespace Pprof.CompilerServices;

/// <summary>
/// One row of the table of profiles that the source generator emits: all that the endpoints know of a profile. Only a row
/// that is in the table refers to a collector, so that the trimmer removes the collectors of all others. Those of built-in
/// profiles are made by <see cref="ProfileRows"/>.
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

    /// <summary>What a profile of this row has in common with every other. Null for a stream, which is none.</summary>
    public required ProfileShape? Shape { get; init; }

    /// <summary>The forms in which it can be asked for.</summary>
    public required ProfileForms Forms { get; init; }

    /// <summary>Seconds that are collected where the request does not say how many; 0 for a snapshot.</summary>
    public int DefaultSeconds { get; init; }

    /// <summary>The numbers and words that a request may give to the collector.</summary>
    public IReadOnlyList<ProfileParameter> Parameters { get; init; } = [];

    /// <summary>The formats in which it can be asked for, the usual one first; none for a profile that has one alone.</summary>
    public IReadOnlyList<ProfileFormat> Formats { get; init; } = [];

    /// <summary>Which view of the profile this is, as <c>view=</c> names it; empty for the profile itself.</summary>
    public string View { get; init; } = "";

    /// <summary>Other profiles that the same path serves where <c>view=</c> asks for one of them.</summary>
    public IReadOnlyList<ProfileDescriptor> Views { get; init; } = [];

    /// <summary>
    /// What a path beside <c>debug/pprof</c> is called that leads to it too, such as <c>fgprof</c>, because tools for Go ask for it
    /// there. Empty for none.
    /// </summary>
    public string Sibling { get; init; } = "";

    /// <summary>Links on the index page, beside that of the row.</summary>
    public IReadOnlyList<ProfileLink> Links { get; init; } = [];

    /// <summary>The flag that switches a built-in profile at run time; <see cref="PprofProfiles.None"/> for a custom one.</summary>
    public required PprofProfiles Flag { get; init; }

    /// <summary>Makes the collector. Called once for each process, after its start or at the first request that needs it.</summary>
    public required Func<ProfileCollector> Collector { get; init; }

    /// <summary>
    /// Whether <see cref="ProfileCollector.Start"/> has something to do. A service starts without the collectors of all others.
    /// </summary>
    internal bool StartsEarly { get; init; }

    /// <summary>Begins what has to begin before anybody asks: <see cref="ProfileCollector.Start"/>.</summary>
    internal void Start()
    {
        if (StartsEarly)
        {
            Instance.Start();
        }
    }

    /// <summary>Begins what can wait until some time after the application has started: <see cref="ProfileCollector.ApplicationStarted"/>.</summary>
    internal void ApplicationStarted() => Instance.ApplicationStarted();

    /// <summary>The collector of this row, the same for all hosts of the process.</summary>
    internal ProfileCollector Instance =>
        LazyInitializer.EnsureInitialized(ref _instance, ref _made, ref _lock, Collector)!;
}

using Pprof.Profiles;

namespace Pprof.Collectors;

/// <summary>A profile that has a state at every moment: <c>heap</c>, <c>threadcreate</c>, a custom profile.</summary>
internal abstract class SnapshotProfileCollector : ProfileCollector
{
    /// <summary>The number on the index page.</summary>
    internal abstract int Count { get; }

    /// <summary>Whether <c>seconds=</c> may ask for the difference between two snapshots.</summary>
    internal virtual bool SupportsDelta => true;

    /// <summary>
    /// Called before the first of two snapshots whose difference is asked for, and disposed after the second.
    /// </summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    internal virtual ProfileWindow BeginWindow() => new(Snapshot);

    /// <summary>The state now.</summary>
    /// <exception cref="ProfileUnavailableException">It cannot be collected.</exception>
    internal abstract Profile Snapshot();

    /// <summary>Writes the state now in the text form of <c>debug=</c><paramref name="debug"/>.</summary>
    internal abstract void WriteText(TextWriter writer, int debug);
}

using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>A whole number that a request may give to a profile, such as <c>hz=</c> of the CPU profile.</summary>
/// <param name="name">Its name in the query string.</param>
/// <param name="minimum">The smallest value that is not refused.</param>
/// <param name="maximum">The largest value that is not refused.</param>
/// <param name="default">What holds where the request does not name it.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ProfileParameter(string name, long minimum, long maximum, Func<PprofOptions, long> @default)
{
    /// <summary>Its name in the query string.</summary>
    public string Name { get; } = name;

    /// <summary>The smallest value that is not refused.</summary>
    public long Minimum { get; } = minimum;

    /// <summary>The largest value that is not refused.</summary>
    public long Maximum { get; } = maximum;

    /// <summary>What holds where the request does not name it.</summary>
    public Func<PprofOptions, long> Default { get; } = @default;
}

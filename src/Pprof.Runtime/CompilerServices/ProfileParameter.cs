using System.ComponentModel;

namespace Pprof.CompilerServices;

/// <summary>A whole number that a request may give to a profile, such as <c>hz=</c> of the CPU profile.</summary>
/// <param name="Name">Its name in the query string.</param>
/// <param name="Minimum">The smallest value that is not refused.</param>
/// <param name="Maximum">The largest value that is not refused.</param>
/// <param name="Default">What holds where the request does not name it.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed record ProfileParameter(string Name, long Minimum, long Maximum, Func<PprofOptions, long> Default);

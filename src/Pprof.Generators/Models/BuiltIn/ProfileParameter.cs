namespace Pprof.Generators.Models.BuiltIn;

/// <summary>A whole number that a request may give to a profile.</summary>
/// <param name="Name">Its name in the query string.</param>
/// <param name="Minimum">The smallest value that is not refused.</param>
/// <param name="Maximum">The largest value that is not refused.</param>
/// <param name="Option">The option that holds where the request does not name it.</param>
internal readonly record struct ProfileParameter(string Name, long Minimum, long Maximum, string Option);

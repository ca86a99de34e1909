namespace Pprof.Profiles;

/// <summary>A label of a sample: a text, or, where <paramref name="Text"/> is null, a number with a unit.</summary>
internal readonly record struct Label(string Key, string? Text, long Number = 0, string? Unit = null);

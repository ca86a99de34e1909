namespace Pprof.Generators.Models;

/// <summary>A model and where it was found. Apart, because the place changes with every line that is written above it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Position">Where the attribute stands.</param>
internal readonly record struct Located<T>(T Model, SourcePosition Position)
    where T : IEquatable<T>;

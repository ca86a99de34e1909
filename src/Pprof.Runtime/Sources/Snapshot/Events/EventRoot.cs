namespace Pprof.Sources.Snapshot.Events;

/// <summary>A root that the runtime told of.</summary>
/// <param name="Object">Where the object was that it keeps.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Field">The name of a static field.</param>
internal readonly record struct EventRoot(ulong Object, RootKind Kind, string? Field = null);

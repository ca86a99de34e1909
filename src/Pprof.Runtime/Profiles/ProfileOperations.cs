namespace Pprof.Profiles;

/// <summary>Asynchronous operations that are suspended at one place in one way.</summary>
/// <param name="Awaits">What each of them awaits.</param>
/// <param name="Sample">The index of the sample that has their stack, labels and number.</param>
internal sealed record ProfileOperations(string Awaits, int Sample);

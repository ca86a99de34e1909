namespace Pprof.Runtime.Tests.Collectors.Waits;

/// <summary>A way in which a thread can stand still.</summary>
/// <param name="Name">The method that waits.</param>
/// <param name="Kind">The kind of wait that it is.</param>
/// <param name="Run">Waits, on this thread.</param>
internal sealed record KnownWait(string Name, string Kind, Action Run);

namespace Pprof.Sources.Snapshot.Events;

/// <summary>An object that the runtime told of.</summary>
/// <param name="Address">Where it was.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Type">The runtime's identity of its type.</param>
/// <param name="References">The number of its references.</param>
internal readonly record struct HeapObject(ulong Address, ulong Size, ulong Type, int References);

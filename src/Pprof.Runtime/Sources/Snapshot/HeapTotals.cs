namespace Pprof.Sources.Snapshot;

/// <summary>What there is to say of a snapshot as a whole.</summary>
/// <param name="Pause">How long the process was stopped.</param>
/// <param name="UnreadableObjects">Objects that were just being made, and what lay behind them, which are not counted.</param>
/// <param name="MergedPaths">Ways from the roots of which only both ends were kept.</param>
/// <param name="FoldedObjects">Objects that were counted at once by root and type, because the copy had no room for more ways.</param>
/// <param name="LostObjects">Objects that are not counted, because the copy had no room for more types.</param>
/// <param name="LostReferences">References that led to no object that is counted.</param>
/// <param name="IsByEvents">Whether the runtime's events told of the heap, and not a copy of the process.</param>
/// <param name="Refusal">Why they did.</param>
/// <param name="UnnamedObjects">Objects of types whose names are not known, which are counted.</param>
/// <param name="UnnamedBytes">Their bytes.</param>
/// <param name="HasGarbage">Whether objects that nothing holds any more, and no collection has found, are among the others.</param>
internal readonly record struct HeapTotals(
    TimeSpan Pause,
    long UnreadableObjects,
    long MergedPaths,
    long FoldedObjects = 0,
    long LostObjects = 0,
    long LostReferences = 0,
    bool IsByEvents = false,
    string? Refusal = null,
    long UnnamedObjects = 0,
    long UnnamedBytes = 0,
    bool HasGarbage = false);

using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>Tests that look at the whole heap of their process, whose copies take turns, and those of traces, which begin and end sessions meanwhile.</summary>
[CollectionDefinition(nameof(SnapshotCollection))]
public sealed class SnapshotCollection;

using Xunit;

namespace Pprof.Runtime.Tests.Sources.Snapshot;

/// <summary>Tests that look at the whole heap of their process: the copies of a process take turns.</summary>
[CollectionDefinition(nameof(SnapshotCollection))]
public sealed class SnapshotCollection;

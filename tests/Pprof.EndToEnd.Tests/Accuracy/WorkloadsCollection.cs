using Xunit;

namespace Pprof.EndToEnd.Tests.Accuracy;

/// <summary>The tests that share the running workload program.</summary>
[CollectionDefinition(nameof(Workloads))]
public sealed class WorkloadsCollection : ICollectionFixture<Workloads>;

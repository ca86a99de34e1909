using Pprof.EndToEnd.Tests.Accuracy;
using Xunit;

namespace Pprof.EndToEnd.Tests.Robustness;

/// <summary>The tests of what must not happen, with workload programs that no test of accuracy shares.</summary>
[CollectionDefinition(nameof(RobustnessCollection))]
public sealed class RobustnessCollection : ICollectionFixture<Workloads>;

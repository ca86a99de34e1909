using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>The tests that share the running samples.</summary>
[CollectionDefinition(nameof(Samples))]
public sealed class SamplesCollection : ICollectionFixture<Samples>;

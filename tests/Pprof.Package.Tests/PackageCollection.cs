using Xunit;

namespace Pprof.Package.Tests;

/// <summary>The tests that share the packed package.</summary>
[CollectionDefinition(nameof(PackedPackage))]
public sealed class PackageCollection : ICollectionFixture<PackedPackage>;

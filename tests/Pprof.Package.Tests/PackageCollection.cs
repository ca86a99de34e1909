using Xunit;

namespace Pprof.Package.Tests;

/// <summary>The tests that share the packed package, and services that were made with it.</summary>
[CollectionDefinition(nameof(PackedPackage))]
public sealed class PackageCollection : ICollectionFixture<PackedPackage>, ICollectionFixture<NativeServices>;

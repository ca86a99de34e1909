using Pprof.Testing;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>The package, packed once for all tests.</summary>
public sealed class PackedPackage : IAsyncLifetime
{
    private readonly PackageFeed _feed = new(Repository.PathOf("artifacts", "tests", "Package"));

    /// <inheritdoc cref="PackageFeed.Version"/>
    internal string Version => _feed.Version;

    /// <inheritdoc cref="PackageFeed.Path"/>
    internal string Feed => _feed.Path;

    /// <inheritdoc cref="PackageFeed.Reference"/>
    internal string Reference => _feed.Reference;

    /// <inheritdoc cref="PackageFeed.GetAsync"/>
    internal Task<string> GetAsync() => _feed.GetAsync();

    /// <inheritdoc cref="PackageFeed.NuGetConfigAsync"/>
    internal Task<string> NuGetConfigAsync() => _feed.NuGetConfigAsync();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _feed.Dispose();
        return Task.CompletedTask;
    }
}

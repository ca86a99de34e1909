using Pprof.Testing;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>The package, packed from the sources when the first test needs it, in a feed of its own.</summary>
public sealed class PackedPackage : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<Task<string>> _file;

    public PackedPackage() => _file = new(PackAsync);

    /// <summary>A version that no cache has seen.</summary>
    internal string Version { get; } = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";

    /// <summary>The folder that it is restored from.</summary>
    internal string Feed => Path.Combine(_folder.Path, "feed");

    /// <summary>What a project file says that takes it from there.</summary>
    internal string Reference => $"""<PackageReference Include="Pprof" Version="{Version}" />""";

    /// <summary>Path of the .nupkg file.</summary>
    internal Task<string> GetAsync() => _file.Value;

    /// <summary>
    /// A nuget.config that adds the feed to the machine's own sources. What is restored only because of the tests goes to
    /// a folder that is deleted with them; what the machine has already is taken from there.
    /// </summary>
    internal async Task<string> NuGetConfigAsync()
    {
        await GetAsync();
        ProcessResult locals = await ChildProcess.RunAsync(DotNet.Path, ["nuget", "locals", "global-packages", "--list"]);
        string machine = locals.Succeeded().Output.Split(": ", 2)[1].Trim();
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="{Path.Combine(_folder.Path, "packages")}" />
              </config>
              <packageSources>
                <add key="pprof-under-test" value="{Feed}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="machine" value="{machine}" />
              </fallbackPackageFolders>
            </configuration>
            """;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    private async Task<string> PackAsync()
    {
        // Output of its own: other test projects build the same sources at the same time.
        await DotNet.BuildAsync(
            "pack", Repository.PathOf("src", "Pprof.Runtime"),
            $"-p:Version={Version}", "--artifacts-path", Repository.PathOf("artifacts", "tests", "Package"), "-o", Feed);
        return Path.Combine(Feed, $"Pprof.{Version}.nupkg");
    }
}

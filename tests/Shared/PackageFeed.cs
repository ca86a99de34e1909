namespace Pprof.Testing;

/// <summary>The package, packed from the sources when it is needed first, in a feed of its own.</summary>
internal sealed class PackageFeed : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _artifacts;
    private readonly Lazy<Task<string>> _file;

    /// <summary>Makes the feed, which is empty yet.</summary>
    /// <param name="artifacts">Folder for the build's own output: others build the same sources at the same time.</param>
    public PackageFeed(string artifacts)
    {
        _artifacts = artifacts;
        _file = new(PackAsync);
    }

    /// <summary>A version that no cache has seen.</summary>
    public string Version { get; } = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";

    /// <summary>The folder that it is restored from.</summary>
    public string Path => System.IO.Path.Combine(_folder.Path, "feed");

    /// <summary>What a project file says that takes it from there.</summary>
    public string Reference => $"""<PackageReference Include="Pprof" Version="{Version}" />""";

    /// <summary>Path of the .nupkg file.</summary>
    public Task<string> GetAsync() => _file.Value;

    /// <summary>
    /// A nuget.config that adds the feed to the machine's own sources. What is restored only because of it goes to a
    /// folder that is deleted with the feed; what the machine has already is taken from there.
    /// </summary>
    public async Task<string> NuGetConfigAsync()
    {
        await GetAsync();
        ProcessResult locals = await ChildProcess.RunAsync(DotNet.Path, ["nuget", "locals", "global-packages", "--list"]);
        string machine = locals.Succeeded().Output.Split(": ", 2)[1].Trim();
        return $"""
            <?xml version="1.0" encoding="utf-8"?>
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="{System.IO.Path.Combine(_folder.Path, "packages")}" />
              </config>
              <packageSources>
                <add key="pprof-under-test" value="{Path}" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="machine" value="{machine}" />
              </fallbackPackageFolders>
            </configuration>
            """;
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> PackAsync()
    {
        await DotNet.BuildAsync(
            "pack", Repository.PathOf("src", "Pprof.Runtime"), $"-p:Version={Version}", DotNet.WithoutAnalyzers, "--artifacts-path", _artifacts, "-o", Path);
        return System.IO.Path.Combine(Path, $"Pprof.{Version}.nupkg");
    }
}

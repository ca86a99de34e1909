using System.IO.Compression;
using Pprof.Testing;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>The tool <c>dotnet pprof</c>, packed, installed and started as users do it.</summary>
public sealed class ToolPackageTests
{
    [Fact]
    public async Task TheToolIsInstalledAndRuns()
    {
        using var folder = new TemporaryFolder();
        string feed = Path.Combine(folder.Path, "feed");
        string installed = Path.Combine(folder.Path, "installed");
        string version = $"0.1.0-test.{DateTime.UtcNow:yyyyMMddHHmmssfff}";
        await DotNet.BuildAsync(
            "pack", Repository.PathOf("src", "Pprof.Tool"), $"-p:Version={version}", DotNet.WithoutAnalyzers, "--artifacts-path", Repository.PathOf("artifacts", "tests", "Tool"), "-o", feed);

        using (ZipArchive package = ZipFile.OpenRead(Path.Combine(feed, $"dotnet-pprof.{version}.nupkg")))
        {
            Assert.All(["tool.md", "icon.png", "THIRD-PARTY-NOTICES.txt"], name => Assert.NotNull(package.GetEntry(name)));
        }

        (await ChildProcess.RunAsync(DotNet.Path, ["tool", "install", "dotnet-pprof", "--tool-path", installed, "--source", feed, "--version", version], folder.Path)).Succeeded();
        ProcessResult result = await ChildProcess.RunAsync(
            Path.Combine(installed, "dotnet-pprof"), ["top", "-n", "1", Repository.PathOf("tests", "Pprof.Tool.Tests", "Data", "go-cpu1.pb.gz")]);

        Assert.Contains("Showing top 1 nodes out of ", result.Succeeded().Output, StringComparison.Ordinal);
    }
}

using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>What is in the package.</summary>
[Collection(nameof(PackedPackage))]
public sealed class PackageContentTests(PackedPackage package)
{
    [Theory]
    [InlineData("lib/net9.0/Pprof.dll")]
    [InlineData("lib/net9.0/Pprof.xml")]
    [InlineData("lib/net10.0/Pprof.dll")]
    [InlineData("lib/net10.0/Pprof.xml")]
    [InlineData("analyzers/dotnet/cs/Pprof.Generators.dll")]
    [InlineData("analyzers/dotnet/cs/Pprof.CodeFixes.dll")]
    [InlineData("buildTransitive/Pprof.props")]
    [InlineData("buildTransitive/Pprof.targets")]
    [InlineData("README.md")]
    public async Task TheFileIsInThePackage(string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());

        Assert.NotNull(archive.GetEntry(name));
    }

    [Fact]
    public async Task TheGeneratorIsNoDependencyAndNoReference()
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());

        Assert.DoesNotContain(archive.Entries, entry => entry.FullName.StartsWith("lib/") && entry.Name.Contains("Generators"));
        Assert.DoesNotContain("Generators", await ReadAsync(archive, "Pprof.nuspec"));
    }

    [Fact]
    public async Task TheManifestNamesLicenseReadmeAndSharedFramework()
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());

        string manifest = await ReadAsync(archive, "Pprof.nuspec");

        Assert.Contains("<license type=\"expression\">MIT</license>", manifest);
        Assert.Contains("<readme>README.md</readme>", manifest);
        Assert.Contains("<frameworkReference name=\"Microsoft.AspNetCore.App\" />", manifest);
    }

    [Theory]
    [InlineData("lib/net9.0/Pprof.dll")]
    [InlineData("lib/net10.0/Pprof.dll")]
    public async Task TheAssemblyCarriesItsSymbols(string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());
        using var copy = new MemoryStream();
        using (Stream entry = archive.GetEntry(name)!.Open())
        {
            await entry.CopyToAsync(copy);
        }

        copy.Position = 0;
        using var assembly = new PEReader(copy);
        DebugDirectoryEntry symbols = assembly.ReadDebugDirectory()
            .Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider provider = assembly.ReadEmbeddedPortablePdbDebugDirectoryData(symbols);
        MetadataReader reader = provider.GetMetadataReader();
        Assert.Contains(reader.Documents, document => reader.GetString(reader.GetDocument(document).Name).EndsWith("PprofRegistration.cs"));
    }

    private static async Task<string> ReadAsync(ZipArchive archive, string name)
    {
        using var reader = new StreamReader(archive.GetEntry(name)!.Open());
        return await reader.ReadToEndAsync();
    }
}

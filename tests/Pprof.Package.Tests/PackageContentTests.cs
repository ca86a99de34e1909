using System.Collections.Immutable;
using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Xunit;

namespace Pprof.Package.Tests;

/// <summary>What is in the package.</summary>
[Collection(nameof(PackedPackage))]
public sealed class PackageContentTests(PackedPackage package)
{
    // What an image that is compiled for Linux has its machine combined with.
    private const ushort LinuxMachine = 0x7B79;

    private static readonly string[] s_frameworks = ["net9.0", "net10.0"];

    [Theory]
    [InlineData("lib/net9.0/Pprof.dll")]
    [InlineData("lib/net9.0/Pprof.xml")]
    [InlineData("lib/net10.0/Pprof.dll")]
    [InlineData("lib/net10.0/Pprof.xml")]
    [InlineData("runtimes/linux-x64/lib/net9.0/Pprof.dll")]
    [InlineData("runtimes/linux-x64/lib/net10.0/Pprof.dll")]
    [InlineData("runtimes/linux-arm64/lib/net9.0/Pprof.dll")]
    [InlineData("runtimes/linux-arm64/lib/net10.0/Pprof.dll")]
    [InlineData("icon.png")]
    [InlineData("analyzers/dotnet/cs/Pprof.Generators.dll")]
    [InlineData("analyzers/dotnet/cs/Pprof.CodeFixes.dll")]
    [InlineData("buildTransitive/Pprof.props")]
    [InlineData("buildTransitive/Pprof.targets")]
    [InlineData("buildTransitive/Pprof.NativeHooks.targets")]
    [InlineData("buildTransitive/Pprof.start.order")]
    [InlineData("buildTransitive/native/hooks.c")]
    [InlineData("buildTransitive/native/hook.h")]
    [InlineData("buildTransitive/native/ring.h")]
    [InlineData("buildTransitive/native/kernel.h")]
    [InlineData("buildTransitive/native/threads.c")]
    [InlineData("buildTransitive/native/collections.c")]
    [InlineData("buildTransitive/native/waits.c")]
    [InlineData("buildTransitive/native/hooks.exports")]
    [InlineData("README.md")]
    [InlineData("THIRD-PARTY-NOTICES.txt")]
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
    public async Task TheManifestNamesLicenseReadmeIconRepositoryAndSharedFramework()
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());

        string manifest = await ReadAsync(archive, "Pprof.nuspec");

        Assert.Contains("<license type=\"expression\">MIT</license>", manifest);
        Assert.Contains("<readme>README.md</readme>", manifest);
        Assert.Contains("<icon>icon.png</icon>", manifest);
        Assert.Contains("<repository type=\"git\" url=\"https://github.com/pprof-dotnet/pprof\"", manifest);
        Assert.Contains("<frameworkReference name=\"Microsoft.AspNetCore.App\" />", manifest);
    }

    /// <summary>Machine code for these two, and nothing but IL for everything else, the NativeAOT compiler's targets among it.</summary>
    [Theory]
    [InlineData("lib", Machine.I386, false)]
    [InlineData("runtimes/linux-x64/lib", (Machine)((ushort)Machine.Amd64 ^ LinuxMachine), true)]
    [InlineData("runtimes/linux-arm64/lib", (Machine)((ushort)Machine.Arm64 ^ LinuxMachine), true)]
    public async Task TheAssemblyIsCompiledForItsFolder(string folder, Machine machine, bool isPrecompiled)
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());
        foreach (string framework in s_frameworks)
        {
            using PEReader assembly = await OpenAsync(archive, $"{folder}/{framework}/Pprof.dll");

            Assert.Equal(machine, assembly.PEHeaders.CoffHeader.Machine);
            Assert.Equal(isPrecompiled, assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size > 0);
        }
    }

    /// <summary>The symbols are in the package of their own, by the id that every build of the assembly names.</summary>
    [Theory]
    [InlineData("lib")]
    [InlineData("runtimes/linux-x64/lib")]
    [InlineData("runtimes/linux-arm64/lib")]
    public async Task TheSymbolsOfTheAssemblyAreInTheSymbolPackage(string folder)
    {
        string file = await package.GetAsync();
        using ZipArchive archive = ZipFile.OpenRead(file);
        using ZipArchive symbols = ZipFile.OpenRead(Path.ChangeExtension(file, ".snupkg"));
        foreach (string framework in s_frameworks)
        {
            using PEReader assembly = await OpenAsync(archive, $"{folder}/{framework}/Pprof.dll");
            using MetadataReaderProvider provider = MetadataReaderProvider.FromPortablePdbStream(
                await CopyAsync(symbols, $"lib/{framework}/Pprof.pdb"));
            MetadataReader reader = provider.GetMetadataReader();
            ImmutableArray<DebugDirectoryEntry> entries = assembly.ReadDebugDirectory();

            DebugDirectoryEntry named = entries.First(entry => entry.Type == DebugDirectoryEntryType.CodeView && entry.IsPortableCodeView);
            Assert.Equal(assembly.ReadCodeViewDebugDirectoryData(named).Guid, new BlobContentId(reader.DebugMetadataHeader!.Id).Guid);
            Assert.DoesNotContain(entries, entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
            Assert.Contains(reader.Documents, document => reader.GetString(reader.GetDocument(document).Name).EndsWith("PprofRegistration.cs"));
        }
    }

    [Fact]
    public async Task NoSymbolsAndSourcesAreInThePackage()
    {
        using ZipArchive archive = ZipFile.OpenRead(await package.GetAsync());

        Assert.DoesNotContain(archive.Entries, entry => Path.GetExtension(entry.Name) is ".pdb" or ".cs");
    }

    private static async Task<PEReader> OpenAsync(ZipArchive archive, string name) => new(await CopyAsync(archive, name));

    private static async Task<MemoryStream> CopyAsync(ZipArchive archive, string name)
    {
        var copy = new MemoryStream();
        using Stream entry = archive.GetEntry(name)!.Open();
        await entry.CopyToAsync(copy);
        copy.Position = 0;
        return copy;
    }

    private static async Task<string> ReadAsync(ZipArchive archive, string name)
    {
        using var reader = new StreamReader(archive.GetEntry(name)!.Open());
        return await reader.ReadToEndAsync();
    }
}

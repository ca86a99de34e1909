using Pprof.Testing;
using Xunit;

namespace Pprof.Generators.Tests;

/// <summary>What the package's targets do in a project, which here compiles nothing.</summary>
public sealed class BuildFilesTests
{
    private const string Reference = "<ItemGroup><PackageReference Include=\"Pprof\" /></ItemGroup>";

    [Theory]
    [InlineData("C#", "", true)]
    [InlineData("C#", Reference, false)]
    [InlineData("C#", "<ItemGroup><PackageReference Include=\"pprof\" ExcludeAssets=\"analyzers\" /></ItemGroup>", false)]
    [InlineData("C#", "<ItemGroup><PackageReference Include=\"Other\" /></ItemGroup>", true)]
    [InlineData("VB", "", false)]
    [InlineData("F#", "", false)]
    public async Task GeneratorComesWithALibraryAndNotAgainstTheWishOfTheProject(string language, string items, bool isAdded) =>
        Assert.Equal(isAdded, (await BuildAsync($"<PropertyGroup><Language>{language}</Language></PropertyGroup>{items}")).Contains("analyzer: Pprof.Generators", StringComparison.Ordinal));

    [Fact]
    public async Task GeneratorThatIsThereAlreadyIsNotAddedAgain() =>
        Assert.Equal(
            1,
            (await BuildAsync("<PropertyGroup><Language>C#</Language></PropertyGroup><ItemGroup><Analyzer Include=\"/elsewhere/Pprof.Generators.dll\" /></ItemGroup>"))
                .Split("analyzer: Pprof.Generators").Length - 1);

    [Theory]
    [InlineData("C#", "roslyn4.7", true)]
    [InlineData("C#", "roslyn3.11", true)]
    [InlineData("C#", "roslyn4.8", false)]
    [InlineData("C#", "roslyn4.14", false)]
    [InlineData("C#", "roslyn5.0", false)]
    [InlineData("C#", "", false)]
    [InlineData("VB", "roslyn4.7", false)]
    public async Task CompilerThatCannotLoadTheGeneratorIsAnError(string language, string compiler, bool isReported)
    {
        string output = await BuildAsync($"<PropertyGroup><Language>{language}</Language><CompilerApiVersion>{compiler}</CompilerApiVersion></PropertyGroup>");
        Assert.Equal(isReported, output.Contains("error PPROF026: Pprof needs the C# compiler 4.8 or later", StringComparison.Ordinal));
        Assert.Equal(!isReported, output.Contains("CoreCompile runs", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("VB", "Exe", Reference, true)]
    [InlineData("F#", "Exe", Reference, true)]
    [InlineData("F#", "Library", Reference, false)]
    [InlineData("F#", "Exe", "", false)]
    [InlineData("C#", "Exe", Reference, false)]
    public async Task ProgramInALanguageWithoutGeneratorsIsWarned(string language, string outputType, string items, bool isReported) =>
        Assert.Equal(
            isReported,
            (await BuildAsync($"<PropertyGroup><Language>{language}</Language><OutputType>{outputType}</OutputType></PropertyGroup>{items}"))
                .Contains("warning PPROF027: Pprof serves nothing in this project", StringComparison.Ordinal));

    [Theory]
    [InlineData("Exe", "", "", true)]
    [InlineData("Exe", "", "<ItemGroup><FrameworkReference Include=\"Microsoft.WindowsDesktop.App\" /></ItemGroup>", true)]
    [InlineData("Exe", "", "<ItemGroup><FrameworkReference Include=\"Microsoft.NETCore.App;Microsoft.AspNetCore.App\" /></ItemGroup>", false)]
    [InlineData("Exe", "<SelfContained>true</SelfContained>", "", false)]
    [InlineData("Exe", "<PublishAot>true</PublishAot>", "", false)]
    [InlineData("Library", "", "", false)]
    public async Task ProgramThatDoesNotSayThatItNeedsAspNetCoreIsWarned(string outputType, string properties, string items, bool isReported) =>
        Assert.Equal(
            isReported,
            (await BuildAsync($"<PropertyGroup><Language>C#</Language><OutputType>{outputType}</OutputType>{properties}</PropertyGroup>{items}"))
                .Contains("warning PPROF029: With Pprof this program needs the ASP.NET Core runtime", StringComparison.Ordinal));

    [Theory]
    [InlineData("", false)]
    [InlineData("<PprofViewer>false</PprofViewer>", true)]
    public async Task TheViewerIsAFeatureThatTheTrimmerKnows(string property, bool isSet) =>
        Assert.Equal(
            isSet,
            (await BuildAsync($"<PropertyGroup><Language>C#</Language>{property}</PropertyGroup>")).Contains("option: Pprof.Viewer.IsSupported=false, trimmed: true", StringComparison.Ordinal));

    [Fact]
    public async Task SettingsAndLaunchProfilesAreHandedToTheAnalyzers()
    {
        string output = await BuildAsync("<PropertyGroup><Language>C#</Language></PropertyGroup>");
        Assert.All(
            ["appsettings.json", "appsettings.Production.json", "launchSettings.json"],
            file => Assert.Contains($"file: {file}", output, StringComparison.Ordinal));
        Assert.DoesNotContain("other.json", output, StringComparison.Ordinal);
    }

    private static async Task<string> BuildAsync(string project)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in new[]
        {
            "package/analyzers/dotnet/cs/Pprof.Generators.dll", "appsettings.json", "appsettings.Production.json", "other.json", "Properties/launchSettings.json",
        })
        {
            folder.Write(file, "");
        }

        foreach (string file in new[] { "Pprof.targets", "Pprof.NativeHooks.targets" })
            folder.Write("package/buildTransitive/" + file, File.ReadAllText(Repository.PathOf("src", "Pprof.Runtime", "buildTransitive", file)));

        folder.Write("Test.proj", $"""
            <Project>
              {project}
              <Target Name="CoreCompile">
                <Message Importance="high" Text="analyzer: %(Analyzer.Filename)" />
                <Message Importance="high" Text="file: %(AdditionalFiles.Filename)%(AdditionalFiles.Extension)" />
                <Message Importance="high" Text="option: %(RuntimeHostConfigurationOption.Identity)=%(RuntimeHostConfigurationOption.Value), trimmed: %(RuntimeHostConfigurationOption.Trim)" />
                <Message Importance="high" Text="CoreCompile runs" />
              </Target>
              <Import Project="package/buildTransitive/Pprof.targets" />
            </Project>
            """);
        ProcessResult result = await ChildProcess.RunAsync(
            DotNet.Path, ["msbuild", "Test.proj", "-target:CoreCompile", "-nologo", "-verbosity:minimal", "-nodeReuse:false"], folder.Path);
        return result.Output;
    }
}

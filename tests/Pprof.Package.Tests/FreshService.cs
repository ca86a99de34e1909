using System.Runtime.InteropServices;
using Pprof.Testing;

namespace Pprof.Package.Tests;

/// <summary>A new web project in an empty folder, as <c>dotnet new web</c> makes it, with the package and the one line.</summary>
internal sealed class FreshService : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>What the build printed.</summary>
    public string BuildOutput { get; private set; } = "";

    private string Source => Path.Combine(_folder.Path, "Fresh");

    private string Output => Path.Combine(_folder.Path, "out");

    /// <summary>The service references the package itself.</summary>
    public static async Task<FreshService> CreateAsync(
        PackedPackage package, string framework, string properties = "", string attribute = "Pprof.EnablePprof")
    {
        var service = new FreshService();
        service._folder.Write("nuget.config", await package.NuGetConfigAsync());
        service._folder.Write("Fresh/Program.cs", Program(attribute));
        service._folder.Write("Fresh/Fresh.csproj", Project(framework, properties, Package(package)));
        return service;
    }

    /// <summary>The service has the package only through a class library.</summary>
    public static async Task<FreshService> CreateWithLibraryAsync(PackedPackage package, string framework)
    {
        var service = new FreshService();
        service._folder.Write("nuget.config", await package.NuGetConfigAsync());
        service._folder.Write("Library/Library.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
              </PropertyGroup>
              <ItemGroup>
                {Package(package)}
              </ItemGroup>
            </Project>
            """);
        service._folder.Write("Fresh/Program.cs", Program("Pprof.EnablePprof"));
        service._folder.Write("Fresh/Fresh.csproj", Project(framework, "", """<ProjectReference Include="../Library/Library.csproj" />"""));
        return service;
    }

    /// <summary>Builds it and starts what was built.</summary>
    public async Task<RunningService> BuildAndStartAsync()
    {
        BuildOutput = (await DotNet.BuildAsync("build", Source, "-o", Output)).Output;
        return await RunningService.StartAsync(DotNet.Path, [Path.Combine(Output, "Fresh.dll")], Output);
    }

    /// <summary>Publishes it as NativeAOT and starts what was published.</summary>
    public async Task<RunningService> PublishAndStartAsync()
    {
        await PublishAsync();
        return await RunningService.StartAsync(Path.Combine(Output, "Fresh"), [], Output);
    }

    /// <summary>Publishes it as NativeAOT and returns the size of the executable, and the compiler's map of what is in it.</summary>
    public async Task<(long Size, string Map)> PublishWithMapAsync()
    {
        await PublishAsync("-p:IlcGenerateMapFile=true");
        string map = Directory.EnumerateFiles(Source, "Fresh.map.xml", SearchOption.AllDirectories).Single();
        return (new FileInfo(Path.Combine(Output, "Fresh")).Length, await File.ReadAllTextAsync(map));
    }

    public void Dispose() => _folder.Dispose();

    private async Task PublishAsync(params string[] arguments) => BuildOutput = (await DotNet.BuildAsync(
        "publish", Source, ["-r", RuntimeInformation.RuntimeIdentifier, "-o", Output, .. arguments])).Output;

    private static string Program(string attribute) => $"""
        [assembly: {attribute}]

        var builder = WebApplication.CreateBuilder(args);
        var app = builder.Build();

        app.MapGet("/", () => "Hello World!");

        app.Run();

        """;

    private static string Package(PackedPackage package) => $"""<PackageReference Include="Pprof" Version="{package.Version}" />""";

    private static string Project(string framework, string properties, string reference) => $"""
        <Project Sdk="Microsoft.NET.Sdk.Web">
          <PropertyGroup>
            <TargetFramework>{framework}</TargetFramework>
            <Nullable>enable</Nullable>
            <ImplicitUsings>enable</ImplicitUsings>
            {properties}
          </PropertyGroup>
          <ItemGroup>
            {reference}
          </ItemGroup>
        </Project>
        """;
}

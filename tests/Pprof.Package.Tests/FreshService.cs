using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Pprof.Testing;

namespace Pprof.Package.Tests;

/// <summary>A project of a template of the SDK in an empty folder, with the package and the one line.</summary>
internal sealed partial class FreshService : IDisposable
{
    /// <summary>What a NativeAOT service sets.</summary>
    public const string NativeAot = """
        <PublishAot>true</PublishAot>
        <InvariantGlobalization>true</InvariantGlobalization>
        """;

    private readonly TemporaryFolder _folder = new();
    private readonly PackedPackage _package;
    private int _relinked;

    private FreshService(PackedPackage package) => _package = package;

    /// <summary>What the last build printed.</summary>
    public string BuildOutput { get; private set; } = "";

    private string Source => Path.Combine(_folder.Path, "Fresh");

    private string Output => Path.Combine(_folder.Path, "out");

    /// <summary>The executable file that was published.</summary>
    private string Executable => Path.Combine(Output, "Fresh");

    /// <summary>Makes the project.</summary>
    /// <param name="package">The package that the project, or what it references, takes from the feed.</param>
    /// <param name="template">Short name of the template: <c>web</c>, <c>worker</c>.</param>
    /// <param name="attribute">The line, without brackets.</param>
    /// <param name="framework">Another framework than the template's.</param>
    /// <param name="properties">Properties to add.</param>
    /// <param name="reference">The reference to add; that to the package where it is null.</param>
    public static async Task<FreshService> CreateAsync(
        PackedPackage package,
        string template = "web",
        string attribute = "Pprof.EnablePprof",
        string? framework = null,
        string properties = "",
        string? reference = null)
    {
        var service = new FreshService(package);
        service.Write("nuget.config", await package.NuGetConfigAsync());
        ProcessResult created = await ChildProcess.RunAsync(
            DotNet.Path, ["new", template, "--name", "Fresh", "--no-restore"], service._folder.Path);
        created.Succeeded();
        await service.EditAsync("Fresh.csproj", project =>
        {
            project = framework is null ? project : TargetFramework().Replace(project, framework);
            return project.Replace(
                "</Project>",
                $"""
                  <PropertyGroup>
                    {properties}
                  </PropertyGroup>
                  <ItemGroup>
                    {reference ?? package.Reference}
                  </ItemGroup>
                </Project>
                """);
        });
        await service.SetAttributeAsync(attribute);
        return service;
    }

    /// <summary>Writes a file beside the project's folder.</summary>
    public void Write(string name, string content, bool executable = false)
    {
        _folder.Write(name, content);
        if (executable && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(_folder.Path, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Writes the one line, or another one.</summary>
    public Task SetAttributeAsync(string attribute) => EditAsync(
        "Program.cs", program => BuilderLine().Replace(AttributeLine().Replace(program, ""), $"[assembly: {attribute}]\n\n$0"));

    /// <summary>Says in the project that it needs ASP.NET Core, as a web project does by itself.</summary>
    public Task AddFrameworkReferenceAsync() => EditAsync("Fresh.csproj", static project => project.Replace(
        "</Project>", """<ItemGroup><FrameworkReference Include="Microsoft.AspNetCore.App" /></ItemGroup></Project>"""));

    /// <summary>Adds a class library with a profile of its own and returns the project's path from the service.</summary>
    public string AddLibrary(string framework, string reference)
    {
        Write("Library/Library.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>{framework}</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                {reference}
              </ItemGroup>
            </Project>
            """);
        Write("Library/Leases.cs", """
            using Pprof;

            namespace Library;

            public static partial class Leases
            {
                [PprofProfile("library.leases", Description = "Leases by who took them.")]
                public static partial CustomProfile Open { get; }

                public static void Take(object lease) => Open.Add(lease);
            }
            """);
        return "../Library/Library.csproj";
    }

    /// <summary>Packs the library of <see cref="AddLibrary"/> into the feed.</summary>
    public Task PackLibraryAsync() => DotNet.BuildAsync(
        "pack", Path.Combine(_folder.Path, "Library"), $"-p:Version={_package.Version}", "-o", _package.Feed);

    /// <summary>Makes the service take a lease of the library when it starts.</summary>
    public Task TakeLeaseAsync() => EditAsync("Program.cs", program => BuilderLine().Replace(program, "Library.Leases.Take(new object());\n$0"));

    /// <summary>Builds it.</summary>
    public async Task BuildAsync(string configuration = "Debug") =>
        BuildOutput = (await DotNet.BuildAsync("build", Source, "-c", configuration, "-o", Output)).Output;

    /// <summary>Builds what has errors, and returns their codes, each once.</summary>
    public async Task<string[]> BuildErrorsAsync()
    {
        ProcessResult result = await DotNet.TryBuildAsync("build", Source, "-o", Output);
        BuildOutput = result.Output;
        return [.. Error().Matches(result.Output).Select(static error => error.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];
    }

    /// <summary>Starts what was built.</summary>
    /// <param name="arguments">Arguments for the service.</param>
    /// <param name="listening">The line that has its address in the first group.</param>
    /// <param name="environment">Environment variables for it.</param>
    public Task<RunningService> StartAsync(
        IEnumerable<string> arguments, Regex? listening = null, IReadOnlyDictionary<string, string>? environment = null) =>
        RunningService.StartAsync(
            DotNet.Path, [Path.Combine(Output, "Fresh.dll"), .. arguments], Output, listening ?? RunningService.ListeningLine(), environment);

    /// <summary>Builds it and starts what was built.</summary>
    public async Task<RunningService> BuildAndStartAsync(string configuration = "Debug")
    {
        await BuildAsync(configuration);
        return await StartAsync(["--urls", "http://127.0.0.1:0"]);
    }

    /// <summary>Publishes it for this machine; as NativeAOT with the compiler's map of what is in it.</summary>
    public async Task PublishAsync(string configuration = "Release") => BuildOutput = (await PublishAsync(configuration, Output)).Output;

    /// <summary>
    /// Publishes it once more into a folder of its own, with a property that the compiler does not depend on: what was compiled is
    /// linked again, which takes some seconds. Returns the folder, and what was printed.
    /// </summary>
    public async Task<(string Folder, string BuildOutput)> RelinkAsync(string property)
    {
        // Otherwise the linker does not run where the files that it gets are those of the last time.
        foreach (string linked in Directory.GetFiles(Path.Combine(Source, "bin"), "Fresh", SearchOption.AllDirectories))
            File.Delete(linked);

        string folder = Path.Combine(_folder.Path, $"relinked.{_relinked++}");
        ProcessResult result = await PublishAsync("Release", folder, "-p:" + property);
        return (folder, result.Output);
    }

    /// <summary>Starts what was published.</summary>
    public Task<RunningService> StartPublishedAsync() => StartPublishedAsync(Output);

    /// <summary>Starts what was linked again.</summary>
    public static Task<RunningService> StartPublishedAsync(string folder) => RunningService.StartAsync(Path.Combine(folder, "Fresh"), [], folder);

    /// <summary>Path of a file beside the project's folder.</summary>
    public string PathOf(string name) => Path.Combine(_folder.Path, name);

    /// <summary>Size of the executable that was published, in bytes.</summary>
    public long PublishedSize() => new FileInfo(Executable).Length;

    /// <summary>The map of it.</summary>
    public Task<string> PublishedMapAsync() =>
        File.ReadAllTextAsync(Directory.EnumerateFiles(Source, "Fresh.map.xml", SearchOption.AllDirectories).Single());

    public void Dispose() => _folder.Dispose();

    private Task<ProcessResult> PublishAsync(string configuration, string folder, params string[] arguments) => DotNet.BuildAsync(
        "publish", Source, ["-c", configuration, "-r", RuntimeInformation.RuntimeIdentifier, "-o", folder, "-p:IlcGenerateMapFile=true", .. arguments]);

    private async Task EditAsync(string name, Func<string, string> edit)
    {
        string file = Path.Combine(Source, name);
        string before = await File.ReadAllTextAsync(file);
        string after = edit(before);
        if (before == after)
            throw new InvalidOperationException($"The template's {name} is not what was expected.\n{before}");

        await File.WriteAllTextAsync(file, after);
    }

    [GeneratedRegex(@": error (\w+):")]
    private static partial Regex Error();

    [GeneratedRegex("(?<=<TargetFramework>)[^<]+")]
    private static partial Regex TargetFramework();

    [GeneratedRegex("^var builder", RegexOptions.Multiline)]
    private static partial Regex BuilderLine();

    [GeneratedRegex(@"^\[assembly:.*\n\n", RegexOptions.Multiline)]
    private static partial Regex AttributeLine();
}

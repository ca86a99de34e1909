using System.Runtime.InteropServices;
using Pprof.Testing;

namespace Pprof.Bench;

/// <summary>A slim service with one route in a folder of its own, published.</summary>
/// <param name="File">What is started.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Folder">Where it is deployed, which is where it is started.</param>
/// <param name="Size">Of what is deployed, in bytes: the binary of NativeAOT, otherwise the whole folder. Symbols apart.</param>
internal sealed record PublishedService(string File, string[] Arguments, string Folder, long Size)
{
    private const string Source = """
        var builder = WebApplication.CreateSlimBuilder(args);
        var app = builder.Build();
        app.MapGet("/", () => System.Runtime.JitInfo.GetCompiledMethodCount().ToString());
        app.Run();
        """;

    private static readonly string[] s_symbols = [".pdb", ".dbg"];

    /// <summary>Publishes it.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="feed">Where the package comes from.</param>
    /// <param name="attribute">The line that is added, with the package, or null for neither.</param>
    /// <param name="native">As NativeAOT.</param>
    public static async Task<PublishedService> PublishAsync(string folder, PackageFeed feed, string? attribute, bool native)
    {
        Directory.CreateDirectory(folder);
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "nuget.config"), await feed.NuGetConfigAsync());
        await System.IO.File.WriteAllTextAsync(
            Path.Combine(folder, "Program.cs"), attribute is null ? Source : $"[assembly: {attribute}]\n{Source}");
        await System.IO.File.WriteAllTextAsync(Path.Combine(folder, "Service.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk.Web">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <PublishAot>{native}</PublishAot>
              </PropertyGroup>
              <ItemGroup>
                {(attribute is null ? "" : feed.Reference)}
              </ItemGroup>
            </Project>
            """);
        string output = Path.Combine(folder, "out");
        await DotNet.BuildAsync(
            "publish", folder, ["-c", "Release", "-o", output, .. native ? ["-r", RuntimeInformation.RuntimeIdentifier] : Array.Empty<string>()]);
        string binary = Path.Combine(output, "Service");
        return native
            ? new PublishedService(binary, [], output, new FileInfo(binary).Length)
            : new PublishedService(DotNet.Path, [Path.Combine(output, "Service.dll")], output, SizeOf(output));
    }

    private static long SizeOf(string folder) => new DirectoryInfo(folder)
        .EnumerateFiles("*", SearchOption.AllDirectories)
        .Where(file => !s_symbols.Contains(file.Extension))
        .Sum(file => file.Length);
}

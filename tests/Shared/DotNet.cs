using System.Diagnostics;

namespace Pprof.Testing;

/// <summary>The dotnet command that runs the tests.</summary>
internal static class DotNet
{
    /// <summary>For what is a part of the repository: its own build has run the analyzers, which take longer than the compiler.</summary>
    public const string WithoutAnalyzers = "-p:RunAnalyzers=false";

    // The runtime does not count what runs often, to compile it better: that pays off later than a build ends. A fifth less time.
    private static readonly Dictionary<string, string> s_environment = new() { ["DOTNET_TieredPGO"] = "0" };

    public static string Path { get; } = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";

    /// <summary>
    /// Builds, packs or publishes while no test of whole services runs, with the machine's one compiler server: to start a compiler
    /// takes longer than most of what it has to do here. Tests that run meanwhile come first. Leaves no other build server behind.
    /// </summary>
    public static async Task<ProcessResult> BuildAsync(string verb, string folder, params string[] arguments) =>
        (await TryBuildAsync(verb, folder, arguments)).Succeeded();

    /// <summary>The same of what many tests wait for.</summary>
    public static async Task<ProcessResult> BuildFirstAsync(string verb, string folder, params string[] arguments) =>
        (await TryBuildAsync(ProcessPriorityClass.Normal, verb, folder, arguments)).Succeeded();

    /// <summary>The same of what may fail to build.</summary>
    public static Task<ProcessResult> TryBuildAsync(string verb, string folder, params string[] arguments) =>
        TryBuildAsync(ProcessPriorityClass.BelowNormal, verb, folder, arguments);

    private static async Task<ProcessResult> TryBuildAsync(ProcessPriorityClass priority, string verb, string folder, string[] arguments)
    {
        using QuietMachine disturbed = await QuietMachine.DisturbAsync();
        return await ChildProcess.RunAsync(Path, [verb, .. arguments, "-nodeReuse:false"], folder, s_environment, timeoutMinutes: 20, priority);
    }
}

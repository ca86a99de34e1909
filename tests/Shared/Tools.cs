using System.Runtime.InteropServices;

namespace Pprof.Testing;

/// <summary>
/// What the tests need of the machine beside the .NET SDK. Without it a test is skipped on a developer's machine and
/// fails in CI.
/// </summary>
internal static class Tools
{
    public const string Linux = "linux";
    public const string Go = "go";
    public const string Graphviz = "dot";
    public const string Chromium = "chromium";
    public const string NativeCompiler = "clang";

    /// <summary>Compiles and links for any processor.</summary>
    public const string CrossCompiler = "clang --target";

    public const string X64Compiler = "x86_64-linux-gnu-gcc";
    public const string Arm64Compiler = "aarch64-linux-gnu-gcc";
    public const string Arm64ObjectCopy = "aarch64-linux-gnu-objcopy";
    public const string Arm64Emulator = "qemu-aarch64";
    public const string ReadElf = "readelf";
    public const string Nginx = "nginx";
    public const string HaProxy = "haproxy";
    public const string Curl = "curl";

    /// <summary>Perfetto's, which node runs.</summary>
    public const string TraceProcessor = "node";

    /// <summary>Runs a command on a terminal of its own (util-linux).</summary>
    public const string Script = "script";

    /// <summary>Not a command: to start programs under other accounts.</summary>
    public const string Root = "root";

    private static readonly Dictionary<string, string[]> s_commands = new()
    {
        [Go] = ["go"],
        [Graphviz] = ["dot"],
        [Chromium] = ["chromium", "chromium-browser", "google-chrome"],
        [NativeCompiler] = ["clang", "gcc"],
        [CrossCompiler] = ["clang"],
        [X64Compiler] = ["x86_64-linux-gnu-gcc"],
        [Arm64Compiler] = ["aarch64-linux-gnu-gcc"],
        [Arm64ObjectCopy] = ["aarch64-linux-gnu-objcopy"],
        [Arm64Emulator] = ["qemu-aarch64", "qemu-aarch64-static"],
        [ReadElf] = ["readelf"],
        [Nginx] = ["nginx"],
        [HaProxy] = ["haproxy"],
        [Curl] = ["curl"],
        [Script] = ["script"],
        [TraceProcessor] = ["node"],
    };

    // Where daemons are, which is not on everybody's PATH.
    private static readonly string s_systemFolders = OperatingSystem.IsWindows() ? "" : ":/usr/sbin:/sbin";

    /// <summary>Where tests/Shared/Perfetto/install.sh puts the trace processor.</summary>
    public static string TraceProcessorFolder { get; } = Repository.PathOf("artifacts", "trace-processor");

    private static bool IsCi => Environment.GetEnvironmentVariable("CI") == "true";

    /// <summary>Why a test that needs <paramref name="tools"/> is skipped here; null when it has to run.</summary>
    public static string? SkipReason(params string[] tools)
    {
        string[] missing = [.. tools.Where(tool => !IsPresent(tool))];
        return missing.Length == 0 || (IsCi && !missing.Any(IsOptional)) ? null : "Needs " + string.Join(" and ", missing.Select(Describe)) + ".";
    }

    /// <summary>The command's full path.</summary>
    /// <exception cref="InvalidOperationException">It is not there.</exception>
    public static string PathOf(string tool) =>
        Find(tool) ?? throw new InvalidOperationException($"This test needs {Describe(tool)}, and it is not on the PATH.");

    // CI says so where it cannot be downloaded.
    private static bool IsOptional(string tool) =>
        tool == TraceProcessor && Environment.GetEnvironmentVariable("PPROF_WITHOUT_TRACE_PROCESSOR") == "1";

    private static bool IsPresent(string tool) => tool switch
    {
        Linux => IsProfiledPlatform,
        Root => OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess,
        TraceProcessor => Find(tool) is not null && File.Exists(Path.Combine(TraceProcessorFolder, "trace_processor.wasm")),
        _ => Find(tool) is not null,
    };

    private static bool IsProfiledPlatform =>
        OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    private static string Describe(string tool) => tool switch
    {
        Linux => "Linux on x64 or arm64",
        Root => "root on Linux",
        TraceProcessor => "node, and what tests/Shared/Perfetto/install.sh installs",
        _ => string.Join(" or ", s_commands[tool]),
    };

    private static string? Find(string tool)
    {
        string[] folders = ((Environment.GetEnvironmentVariable("PATH") ?? "") + s_systemFolders).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string suffix = OperatingSystem.IsWindows() ? ".exe" : "";
        return s_commands[tool]
            .SelectMany(command => folders.Select(folder => Path.Combine(folder, command + suffix)))
            .FirstOrDefault(File.Exists);
    }
}

namespace Pprof.Generators.Models.BuiltIn;

/// <summary>
/// The profiles that come with the package. To add one: an entry here, and in the runtime a flag of <c>PprofProfiles</c>, a row
/// of <c>ProfileRows</c> and a method of <c>ProfileCollectors</c>; a test holds them together.
/// </summary>
internal static class BuiltInProfiles
{
    /// <summary>The profiles, by name.</summary>
    public static readonly IReadOnlyList<BuiltInProfile> All =
    [
        new("profile", "Cpu", 1 << 0, NeedsDiagnostics: false, NativeTargets: ["linux-"]),
        new("mutex", "Mutex", 1 << 1, NeedsDiagnostics: true, NativeTargets: ["linux-x64", "linux-arm64"]),
        new("block", "Block", 1 << 2, NeedsDiagnostics: true, NativeTargets: ["linux-x64", "linux-arm64"]),
        new("threadcreate", "ThreadCreate", 1 << 3, NeedsDiagnostics: true, NativeTargets: ["linux-", "osx-", "win-"]),
        new("heap", "Heap", 1 << 4, NeedsDiagnostics: true, NativeTargets: ["linux-x64", "linux-arm64"]),
        new("allocs", "Allocs", 1 << 5, NeedsDiagnostics: true, NativeTargets: ["linux-x64", "linux-arm64"]),
        new("goroutine", "Goroutine", 1 << 6, NeedsDiagnostics: false, NativeTargets: ["linux-"]),
        new("trace", "Trace", 1 << 7, NeedsDiagnostics: true, NativeTargets: ["linux-", "osx-", "win-"]),
        new("wall", "Wall", 1 << 8, NeedsDiagnostics: false, NativeTargets: ["linux-"]),
    ];

    /// <summary>The flags of all of them.</summary>
    public static readonly int AllFlags = All.Aggregate(0, static (flags, profile) => flags | profile.Bit);

    /// <summary>
    /// Whether a program with a JIT and these profiles listens to the runtime's events, through its diagnostic port. One
    /// that names no profiles is taken to want whatever the package has.
    /// </summary>
    public static bool NeedsDiagnostics(int? flags) => All.Any(profile => profile.NeedsDiagnostics && (profile.Bit & (flags ?? AllFlags)) != 0);
}

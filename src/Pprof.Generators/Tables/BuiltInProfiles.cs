namespace Pprof.Generators.Tables;

/// <summary>
/// The profiles that come with the package. To add one: a row here, a flag in the runtime's <c>PprofProfiles</c> and a
/// method in its <c>ProfileCollectors</c>; a test holds the three together.
/// </summary>
internal static class BuiltInProfiles
{
    /// <summary>The rows, by name. The descriptions are those that Go's users know.</summary>
    public static readonly IReadOnlyList<BuiltInProfile> All =
    [
        new(
            Name: "profile",
            Flag: "Cpu",
            Bit: 1 << 0,
            Description: "CPU profile. You can specify the duration in the seconds GET parameter. After you get the profile "
                + "file, use the go tool pprof command to investigate the profile.",
            SampleTypes: [new("samples", "count"), new("cpu", "nanoseconds")],
            NeedsEvents: false,
            NativeTargets: ["linux-"]),
    ];

    /// <summary>The flags of all rows.</summary>
    public static readonly int AllFlags = All.Aggregate(0, static (flags, profile) => flags | profile.Bit);

    /// <summary>
    /// Whether an application with these profiles listens to the runtime's events in a NativeAOT binary. One that names
    /// no profiles is taken to want whatever the package has.
    /// </summary>
    public static bool NeedsEvents(int? flags) =>
        flags is not { } named || All.Any(profile => profile.NeedsEvents && (profile.Bit & named) != 0);
}

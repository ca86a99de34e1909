using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Hosting;
using Pprof.Profiles;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>What a generator would have compiled in, with collectors that tests can watch.</summary>
internal sealed class TestManifest
{
    private readonly string _suffix;

    /// <param name="configure">What the attribute would say.</param>
    /// <param name="suffix">What all names end in, for a test that has to know its profiles from those of others.</param>
    public TestManifest(Action<PprofOptions>? configure = null, string suffix = "")
    {
        _suffix = suffix;
        Manifest = new PprofManifest
        {
            Configure = configure ?? (_ => { }),
            Profiles =
            [
                Row("profile", PprofProfiles.Cpu, Cpu, "CPU time <by> stack.", sibling: "fgprof"),
                Row("heap", PprofProfiles.None, Heap, "The live heap.", isCollected: true, hasIncrements: true),
                Row("block", PprofProfiles.None, new FakeSnapshotCollector()),
                Row("goroutine", PprofProfiles.None, new FakeSnapshotCollector(), links: [new ProfileLink("full goroutine stack dump", "debug=2")]),
                Row("mutex", PprofProfiles.None, new FakeSnapshotCollector()),
                Row("my/custom & <own>", PprofProfiles.None, Custom, href: "my/custom%20%26%20%3Cown%3E", hasDelta: false),
                Row("parts", PprofProfiles.None, Parts),
            ],
        };
    }

    public FakeTimedCollector Cpu { get; } = new();

    public FakeSnapshotCollector Heap { get; } = new();

    public FakeSnapshotCollector Custom { get; } = new();

    public FakeStreamCollector Parts { get; } = new();

    public PprofManifest Manifest { get; }

    /// <summary>The one of the process: every host of this assembly has it, unless a test gives it another.</summary>
    public static TestManifest OfProcess { get; } = new();

    [ModuleInitializer]
    internal static void Register() => PprofRegistration.Register(OfProcess.Manifest);

    private ProfileDescriptor Row(
        string name,
        PprofProfiles flag,
        ProfileCollector collector,
        string description = "",
        string? href = null,
        bool hasDelta = true,
        bool isCollected = false,
        bool hasIncrements = false,
        IReadOnlyList<ProfileLink>? links = null,
        string sibling = "") => new()
        {
            Name = name + _suffix,
            Href = (href ?? name) + _suffix,
            Description = description,
            Shape = collector switch
            {
                FakeTimedCollector => Shapes.Cpu,
                FakeSnapshotCollector => ProfileShape.Counting(name),
                _ => null,
            },
            Forms = collector switch
            {
                FakeTimedCollector => ProfileForms.Timed | ProfileForms.Native,
                FakeStreamCollector => ProfileForms.Stream,
                _ => (hasDelta ? ProfileForms.Delta : ProfileForms.None) | (isCollected ? ProfileForms.Collected : ProfileForms.None) | (hasIncrements ? ProfileForms.Increment : ProfileForms.None),
            },
            DefaultSeconds = collector is FakeTimedCollector ? 30 : 1,
            Parameters = collector switch
            {
                FakeTimedCollector => [new ProfileParameter("hz", 1, 1000, static options => options.CpuProfileRate)],
                FakeStreamCollector => [new ProfileParameter("parts", 0, 9, static _ => 2), new ProfileParameter("words", ["one", "two", "three"], 5)],
                _ => [],
            },
            Formats = collector is FakeStreamCollector ? [new ProfileFormat("plain", "parts", []), new ProfileFormat("fine", "parts.fine", ["grain"])] : [],
            Links = links ?? [],
            Sibling = sibling,
            Flag = flag,
            Collector = () => collector,
        };
}

using System.Runtime.CompilerServices;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Hosting;

namespace Pprof.Runtime.Tests.Endpoints;

/// <summary>What a generator would have compiled in, with collectors that tests can watch.</summary>
internal sealed class TestManifest
{
    public TestManifest(Action<PprofOptions>? configure = null)
    {
        Manifest = new PprofManifest
        {
            Configure = configure ?? (_ => { }),
            Profiles =
            [
                Row("profile", PprofProfiles.Cpu, Cpu, "CPU time <by> stack."),
                Row("heap", PprofProfiles.None, Heap, "The live heap."),
                Row("block", PprofProfiles.None, new FakeSnapshotCollector("block")),
                Row("goroutine", PprofProfiles.None, new FakeSnapshotCollector("goroutine")),
                Row("mutex", PprofProfiles.None, new FakeSnapshotCollector("mutex")),
                Row("my/custom & <own>", PprofProfiles.None, Custom, href: "my/custom%20%26%20%3Cown%3E"),
            ],
        };
    }

    public FakeTimedCollector Cpu { get; } = new();

    public FakeSnapshotCollector Heap { get; } = new("heap");

    public FakeSnapshotCollector Custom { get; } = new("custom", supportsDelta: false);

    public PprofManifest Manifest { get; }

    /// <summary>The one of the process: every host of this assembly has it, unless a test gives it another.</summary>
    public static TestManifest OfProcess { get; } = new();

    [ModuleInitializer]
    internal static void Register() => PprofRegistration.Register(OfProcess.Manifest);

    private static ProfileDescriptor Row(
        string name, PprofProfiles flag, ProfileCollector collector, string description = "", string? href = null) => new()
        {
            Name = name,
            Href = href ?? name,
            Description = description,
            SampleTypes = FakeTimedCollector.Types,
            Forms = collector switch
            {
                FakeTimedCollector => ProfileForms.Timed,
                SnapshotProfileCollector { SupportsDelta: true } => ProfileForms.Delta | ProfileForms.Text,
                _ => ProfileForms.Text,
            },
            Flag = flag,
            Collector = () => collector,
        };
}

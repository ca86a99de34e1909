using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Hosting;
using Xunit;

namespace Pprof.Runtime.Tests.Hosting;

/// <summary>Several assemblies of a process have the attribute.</summary>
public sealed class RegisteredApplicationsTests
{
    private readonly RegisteredApplications _applications = new();

    [Fact]
    public void NothingIsThereBeforeTheFirst()
    {
        Assert.Null(_applications.First);
        Assert.Null(_applications.Find("any"));
    }

    [Fact]
    public void CollectorsOfTheFirstAreStartedAndOthersWaitForTheirHost()
    {
        var (first, second) = (new StartedCollector(), new StartedCollector());
        _applications.Add(Manifest(Row("threadcreate", PprofProfiles.ThreadCreate, first)));
        _applications.Add(Manifest(Row("block", PprofProfiles.Block, second)));

        Assert.True(first.IsStarted);
        Assert.False(second.IsStarted);
    }

    [Fact]
    public void CollectorThatTheOptionsLeaveOutIsNotStarted()
    {
        var collector = new StartedCollector();
        PprofManifest manifest = new()
        {
            Configure = options => options.Profiles = PprofProfiles.Cpu,
            Profiles = [Row("threadcreate", PprofProfiles.ThreadCreate, collector)],
        };
        _applications.Add(manifest);

        Assert.False(collector.IsStarted);
    }

    [Fact]
    public void BuiltInProfileHasOneCollectorInTheProcess()
    {
        ProfileDescriptor first = Row("threadcreate", PprofProfiles.ThreadCreate, new StartedCollector());
        _applications.Add(Manifest(first));
        PprofManifest second = _applications.Add(Manifest(Row("threadcreate", PprofProfiles.ThreadCreate, new StartedCollector())));

        Assert.Same(first, Assert.Single(second.Profiles));
    }

    [Fact]
    public void UnknownApplicationHasTheOptionsOfTheFirstAndTheProfilesOfAll()
    {
        PprofManifest first = _applications.Add(Manifest(Row("a", PprofProfiles.None, new StartedCollector()), Row("b", PprofProfiles.None, new StartedCollector())));
        _applications.Add(Manifest(Row("b", PprofProfiles.None, new StartedCollector()), Row("c", PprofProfiles.None, new StartedCollector())));
        PprofManifest? found = _applications.Find("unknown");

        Assert.Same(first.Configure, found?.Configure);
        Assert.Equal(["a", "b", "c"], found?.Profiles.Select(row => row.Name));
        Assert.Same(first.Profiles[1], found?.Profiles[1]);
    }

    private static PprofManifest Manifest(params ProfileDescriptor[] rows) => new() { Configure = _ => { }, Profiles = rows };

    private static ProfileDescriptor Row(string name, PprofProfiles flag, ProfileCollector collector) => new()
    {
        Name = name,
        Href = name,
        Description = "",
        Shape = Shapes.Cpu,
        Forms = ProfileForms.Timed,
        Flag = flag,
        Collector = () => collector,
        StartsEarly = true,
    };

    private sealed class StartedCollector : ProfileCollector
    {
        public bool IsStarted { get; private set; }

        internal override void Start() => IsStarted = true;

        internal override Task ServeAsync(ICollectorRequest request) => Task.CompletedTask;
    }
}

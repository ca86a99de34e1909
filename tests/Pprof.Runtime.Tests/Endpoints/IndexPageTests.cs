using System.Net;
using System.Text.RegularExpressions;
using Pprof.Collectors;
using Pprof.CompilerServices;
using Pprof.Endpoints;
using Pprof.Profiles;
using Pprof.Testing;
using Xunit;

namespace Pprof.Runtime.Tests.Endpoints;

public sealed class IndexPageTests
{
    private readonly TestManifest _manifest = new();

    [Fact]
    public void RowsAreSortedByNameAndHaveTheirCounts()
    {
        Assert.Equal(
            [
                "42 block?debug=1 block",
                "0 cmdline?debug=1 cmdline",
                "42 goroutine?debug=1 goroutine",
                "42 heap?debug=1 heap",
                "42 mutex?debug=1 mutex",
                "42 my/custom%20%26%20%3Cown%3E?debug=1 my/custom &amp; &lt;own&gt;",
                "0 parts?debug=1 parts",
                "0 profile?debug=1 profile",
                "0 symbol?debug=1 symbol",
            ],
            Regex.Matches(Render(), "<tr><td>(.*?)</td><td><a href='(.*?)'>(.*?)</a></td>(?:<td>.*?</td>)?</tr>")
                .Select(row => $"{row.Groups[1]} {row.Groups[2]} {row.Groups[3]}"));
    }

    [Fact]
    public void WhatHasSamplesCanBeLookedAt()
    {
        _manifest.Cpu.Reason = "no timers";

        Assert.Equal(
            ["block?view=flame", "goroutine?view=flame", "heap?view=flame", "mutex?view=flame", "my/custom%20%26%20%3Cown%3E?view=flame"],
            Regex.Matches(Render(), "</td><td><a href=\"(.*?)\">view</a></td></tr>").Select(link => link.Groups[1].Value));
    }

    [Fact]
    public void NamesAndDescriptionsAndThePathAreEscaped()
    {
        string page = IndexPage.Render("/<script>/debug/pprof/", _manifest.Manifest.Profiles);

        Assert.Contains("<title>/&lt;script&gt;/debug/pprof/</title>", page, StringComparison.Ordinal);
        Assert.Contains("CPU time &lt;by&gt; stack.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<own>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
    }

    [Fact]
    public void ProfilesThatHaveDeltasAreNamed() =>
        Assert.Contains("these show what came in 5 seconds: block, goroutine, heap, mutex.</p>", Render(), StringComparison.Ordinal);

    [Fact]
    public void PageWithoutDeltasDoesNotSpeakOfThem() =>
        Assert.DoesNotContain("seconds=", IndexPage.Render("/", [Row("leases")]), StringComparison.Ordinal);

    [Fact]
    public void StackDumpIsLinkedOnlyWhereThereIsOne()
    {
        Assert.Contains("goroutine?debug=2", Render(), StringComparison.Ordinal);
        Assert.DoesNotContain("goroutine", IndexPage.Render("/", [Row("heap")]), StringComparison.Ordinal);
    }

    [Fact]
    public void ProfileThatCannotBeCollectedHereSaysWhy()
    {
        _manifest.Cpu.Reason = "no <timers>";

        Assert.Contains("Not available here: no &lt;timers&gt;", Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatCannotBeHadIsNoLinkAndSaysWhy()
    {
        var types = new FakeSnapshotCollector { Reason = "no <copy>" };
        var heap = new FakeSnapshotCollector();
        ProfileDescriptor row = Row(
            "heap",
            heap,
            [new ProfileLink("live objects by type", "view=types&debug=1"), new ProfileLink("all of it", "debug=2")],
            [Row("heap", types, view: "types")]);
        string partly = IndexPage.Render("/", [row]);
        heap.Reason = "no memory";
        string not = IndexPage.Render("/", [row]);

        Assert.Contains("\nlive objects by type: not available here: no &lt;copy&gt;\n", partly, StringComparison.Ordinal);
        Assert.Equal(["heap?debug=1", "heap?view=flame", "heap?debug=2"], LinksOf(partly).Where(static link => link.StartsWith("heap", StringComparison.Ordinal)));
        Assert.Equal(["cmdline?debug=1", "symbol?debug=1"], LinksOf(not));
        Assert.Contains("\nall of it: not available here: no memory\n", not, StringComparison.Ordinal);
        Assert.Contains("<tr><td>0</td><td>heap</td></tr>", not, StringComparison.Ordinal);
    }

    /// <summary>In a program without event sources the runtime's own stream is no link, and the traces that are made here are.</summary>
    [Fact]
    public void AFormatThatCannotBeHadIsNoLink()
    {
        var trace = new FakeStreamCollector { MissingFormat = "fine" };
        ProfileDescriptor row = Row("trace", trace, [new ProfileLink("a trace", "seconds=5"), new ProfileLink("a fine trace", "seconds=5&format=fine")]);

        Assert.Equal(["cmdline?debug=1", "symbol?debug=1", "trace?debug=1", "trace?seconds=5"], LinksOf(IndexPage.Render("/", [row])).Where(static link => !link.Contains("view=", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    /// <summary>Names of the application's own profiles are as long as it likes, and windows as narrow.</summary>
    [ToolTheory(Tools.Chromium)]
    [InlineData(1400)]
    [InlineData(320)]
    public async Task LongNamesStandBesideTheirDescriptionsInABrowser(int width)
    {
        const string Overlaps = """
            <script>
            const overlaps = [...document.querySelectorAll('.profile-name')].filter(name => {
                const text = document.createRange();
                text.selectNodeContents(name);
                return text.getBoundingClientRect().right > name.getBoundingClientRect().right + 1;
            });
            parent.document.body.dataset.overlaps = overlaps.length;
            parent.document.body.dataset.names = document.querySelectorAll('.profile-name').length;
            parent.document.body.dataset.tooWide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
            </script>
            """;
        string page = IndexPage.Render("/debug/pprof/", [.. _manifest.Manifest.Profiles, Described("orders.database.connections.of.the.pool"), Described(new string('w', 120))]);
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "page.html");
        await File.WriteAllTextAsync(file, $"<!doctype html><body><iframe style='width:{width}px' srcdoc=\"{WebUtility.HtmlEncode(page + Overlaps)}\"></iframe>");
        ProcessResult browser = await ChildProcess.RunAsync(Tools.PathOf(Tools.Chromium),
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={folder.Path}/profile", "--dump-dom", "file://" + file,
        ]);

        Assert.Matches("<body data-overlaps=\"0\" data-names=\"11\" data-too-wide=\"0\">", browser.Succeeded().Output);
    }

    private static ProfileDescriptor Described(string name) => Row(name, new FakeSnapshotCollector(), description: "What the application says of it, in a sentence.");

    private static IEnumerable<string> LinksOf(string page) => Regex.Matches(page, "<a href=['\"](.*?)['\"]>").Select(static link => link.Groups[1].Value);

    private string Render() => IndexPage.Render("/debug/pprof/", _manifest.Manifest.Profiles);

    private static ProfileDescriptor Row(string name) => Row(name, new FakeSnapshotCollector());

    private static ProfileDescriptor Row(
        string name, ProfileCollector collector, IReadOnlyList<ProfileLink>? links = null, IReadOnlyList<ProfileDescriptor>? views = null, string view = "", string description = "") => new()
        {
            Name = name,
            Href = name,
            Description = description,
            Shape = ProfileShape.Counting(name),
            Forms = ProfileForms.None,
            Links = links ?? [],
            Views = views ?? [],
            View = view,
            Flag = PprofProfiles.None,
            Collector = () => collector,
        };
}

using System.Text.RegularExpressions;
using Pprof.CompilerServices;
using Pprof.Endpoints;
using Pprof.Profiles;
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

    private string Render() => IndexPage.Render("/debug/pprof/", _manifest.Manifest.Profiles);

    private static ProfileDescriptor Row(string name) => new()
    {
        Name = name,
        Href = name,
        Description = "",
        Shape = ProfileShape.Counting(name),
        Forms = ProfileForms.None,
        Flag = PprofProfiles.None,
        Collector = () => new FakeSnapshotCollector(),
    };
}

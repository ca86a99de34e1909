using System.Text.RegularExpressions;
using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests;

/// <summary>The index page of samples/WebApi, in a browser.</summary>
[Collection(nameof(Samples))]
public sealed class IndexPageTests(Samples samples)
{
    [ToolFact(Tools.Chromium)]
    public async Task ABrowserShowsTheTableOfProfiles()
    {
        RunningService service = await samples.StartAsync(Samples.WebApi);
        using var profile = new TemporaryFolder();

        ProcessResult browser = await ChildProcess.RunAsync(Tools.PathOf(Tools.Chromium),
        [
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", $"--user-data-dir={profile.Path}",
            "--dump-dom", service.Url + "/debug/pprof/",
        ]);

        string dom = browser.Succeeded().Output;
        Assert.Contains("Types of profiles available:", dom);
        Assert.Contains("<td>Count</td>", dom);
        foreach (string name in new[] { "cmdline", "profile", "symbol", "trace" })
            Assert.Matches($@"<td>0</td>\s*<td><a href=['""]{name}\?debug=1['""]>{name}</a></td>", dom);

        // Each format of a trace, and what opens it.
        foreach ((string address, string tools) in new[]
        {
            ("trace?seconds=5", "go tool trace"),
            ("trace?seconds=5&amp;format=perfetto", "ui.perfetto.dev"),
            ("trace?seconds=5&amp;format=nettrace", "PerfView, Visual Studio and dotnet-trace"),
        })
        {
            Assert.Matches($@"<a href=['""]{Regex.Escape(address)}['""]>[^<]*{Regex.Escape(tools)}[^<]*</a>", dom);
        }
    }
}

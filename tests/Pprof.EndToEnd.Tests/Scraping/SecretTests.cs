using Pprof.Testing;
using Xunit;

namespace Pprof.EndToEnd.Tests.Scraping;

/// <summary>The tool at a service that admits whoever knows a secret, and nobody else.</summary>
public sealed class SecretTests(Samples samples) : SampleTests(samples)
{
    private const string Secret = "correct-horse-battery";

    [ToolFact(Tools.Go)]
    public async Task TheToolComesInWithTheSecretAndNotWithAnother()
    {
        using RunningService service = await Samples.StartWebApiAsync(
            new Dictionary<string, string> { ["Pprof__Access"] = "Anyone", ["Pprof__Secret"] = Secret });
        string host = service.Url["http://".Length..];

        string threads = await Pprof.PrintAsync("-top", $"http://pprof:{Secret}@{host}/debug/pprof/goroutine?async=0");
        string cpu = await Pprof.PrintAsync("-top", $"http://pprof:{Secret}@{host}/debug/pprof/profile?seconds=1");
        ProcessResult without = await Pprof.RunAsync("-top", service.Url + "/debug/pprof/goroutine?async=0");
        ProcessResult other = await Pprof.RunAsync("-top", $"http://pprof:wrong-horse-battery@{host}/debug/pprof/goroutine?async=0");

        Assert.Contains("Type: goroutine", threads);
        Assert.Contains("Type: cpu", cpu);
        Assert.All([without, other], static refused =>
        {
            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("401 Unauthorized", refused.Error);
        });
        Assert.DoesNotContain(Secret, service.Output);
    }
}
